//! Listening: which path goes where, and stopping.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::api::Api;
use super::http_response::{Delivery, whole};
use super::request_error::{RequestError, RequestErrorKind};
use super::service::ModelService;

/// The largest request that is accepted: 16 MiB.
const LARGEST: usize = 16 << 20;

fn router(service: Arc<ModelService>) -> Router {
    let mut router = Router::new()
        .route(
            "/v1/models",
            get(async |State(service): State<Arc<ModelService>>| json_text(&service.models())),
        )
        .route(
            "/v1/models/{name}",
            get(
                async |State(service): State<Arc<ModelService>>, Path(name): Path<String>| {
                    json_text(&service.model_named(&name))
                },
            ),
        )
        .fallback(async |uri: Uri| {
            let paths = Api::ALL.map(Api::path).join(", ");
            let message = format!(
                "there is nothing at {}: there are {paths} and /v1/models",
                uri.path()
            );
            Api::Completions.refusal(&RequestError::of(RequestErrorKind::NotFound, message))
        });
    for form in Api::ALL {
        router = router.route(
            form.path(),
            post(
                async move |State(service): State<Arc<ModelService>>, body: Bytes| {
                    service.answer(form, &body).await
                },
            ),
        );
    }
    router
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(service)
}

fn json_text(json: &Json) -> Response {
    whole(StatusCode::OK, json.to_string(), Delivery::Complete)
}

/// Serves until `stop`, and then finishes the requests in progress. Replies that are held back are sent at once.
///
/// # Errors
/// Serving failed.
pub async fn serve(
    listener: TcpListener,
    service: Arc<ModelService>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = router(Arc::clone(&service));
    let stop = async move {
        stop.await;
        service.stop();
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
        .context("serving failed")
}

/// A server in the background, on a free port of this machine.
pub struct ModelServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl ModelServer {
    /// Starts it.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(service: ModelService) -> Result<ModelServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("no port is free")?;
        let address = listener.local_addr().context("the address is unknown")?;
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // If the sender is dropped, the server stops too.
            let _ = stopped.await;
        };
        Ok(ModelServer {
            address,
            stop,
            serving: tokio::spawn(serve(listener, Arc::new(service), stopped)),
        })
    }

    /// The base URL of its API.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Stops it after the requests in progress.
    ///
    /// # Errors
    /// Serving failed.
    pub async fn end(self) -> Result<()> {
        // A server that has already ended does not receive this. The line below reports why it ended.
        let _ = self.stop.send(());
        self.serving.await.context("the model server panicked")?
    }
}
