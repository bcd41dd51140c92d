//! Listening, the routes put together, and stopping.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::ServiceExt;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt;
use futures_util::FutureExt;
use tokio::net::TcpListener;
use tower::{Layer, Service};
use tower_http::csrf::CsrfLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::watch::{Places, watch};
use super::{App, agent, harness, openapi, operation};
use crate::serve::mcp::over_http;

/// How often sessions are reaped that nobody uses.
const REAPING: Duration = Duration::from_secs(1);
/// How long calls under way may take once the server stops.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every route that the document describes.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::beginning())
        .routes(routes!(harness::suites))
        .routes(routes!(harness::tasks))
        .routes(routes!(harness::task))
        .routes(routes!(harness::open, harness::sessions))
        .routes(routes!(harness::open_many))
        .routes(routes!(harness::session, harness::close))
        .routes(routes!(harness::reset))
        .routes(routes!(harness::fork))
        .routes(routes!(harness::finish))
        .routes(routes!(harness::changes))
        .routes(routes!(harness::trace))
        .routes(routes!(harness::export))
        .routes(routes!(agent::tools))
        .routes(routes!(agent::call))
        .routes(routes!(agent::clock))
        .routes(routes!(agent::prompt))
        .routes(routes!(operation::health))
        .routes(routes!(operation::ready))
        .routes(routes!(operation::metrics))
        .routes(routes!(operation::openapi))
        .routes(routes!(operation::docs))
}

/// The addresses at which MCP is spoken: beside those of the document.
const MCP: [&str; 2] = ["/sessions/{session}/mcp", "/mcp"];

/// The whole service.
// What is done for every request stands around the routes as a whole. As layers of them, each step would box every request's way in and
// out again.
fn service(
    app: Arc<App>,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone {
    let (router, document) = routes().split_for_parts();
    let known = document.paths.paths.keys().map(String::as_str);
    let places = Arc::new(Places::new(known.chain(MCP)));
    let limit = DefaultBodyLimit::max(app.gateway.limits().request_bytes);
    let elsewhere = |_: tower_http::csrf::ProtectionError| {
        Problem::foreign(
            "the request was sent by a web page of another site: send it from a program",
        )
        .into_response()
    };
    let [session, anywhere] = MCP;
    let router = router
        .route(session, any(over_http::session))
        .route(anywhere, any(over_http::anywhere))
        .fallback(async |request: Request| Problem::no_route(request.uri().path()))
        .method_not_allowed_fallback(async |request: Request| {
            Problem::no_such_method(request.method().as_str())
        })
        .with_state(Arc::clone(&app));
    let router = CsrfLayer::new()
        .with_rejection_response(elsewhere)
        .layer(router);
    tower::service_fn(move |mut request: Request| {
        limit.apply(&mut request);
        let (app, places, mut router) = (Arc::clone(&app), Arc::clone(&places), router.clone());
        let answer = move |request| async move {
            let answered = async move { router.call(request).await };
            let answered = AssertUnwindSafe(answered).catch_unwind().await;
            answered.map_or_else(broke, |Ok(response)| response)
        };
        async move { Ok(watch(&app, &places, request, answer).await) }
    })
}

fn broke(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text, "a request broke");
    Problem::broke().into_response()
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
}

impl Server {
    /// Listens on an address; port 0 is any that is free.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn bind(address: SocketAddr, app: Arc<App>) -> Result<Server> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        Ok(Server { listener, app })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop` is done, and then until the calls under way are answered.
    ///
    /// # Errors
    /// Listening failed, or the calls under way did not end.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Server { listener, app } = self;
        let (stopped, stopping) = tokio::sync::oneshot::channel::<()>();
        let reaper = tokio::spawn(reap(Arc::clone(&app)));
        let service = service(Arc::clone(&app));
        // An answer is written at once: waiting for more to send with it would only delay it.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection waits before it sends");
            }
        });
        let served =
            axum::serve(listener, service.into_make_service()).with_graceful_shutdown(async move {
                stop.await;
                app.stopping.store(true, Ordering::Relaxed);
                tracing::info!("stopping: calls under way are finished");
                let _ = stopped.send(());
            });
        let impatient = async {
            let _ = stopping.await;
            tokio::time::sleep(PATIENCE).await;
        };
        let outcome = tokio::select! {
            served = served.into_future() => served.context("cannot go on listening"),
            () = impatient => Err(anyhow::anyhow!("calls under way did not end within {} seconds", PATIENCE.as_secs())),
        };
        reaper.abort();
        outcome
    }
}

async fn reap(app: Arc<App>) {
    let mut ticks = tokio::time::interval(REAPING);
    loop {
        ticks.tick().await;
        let reaped = app.gateway.reap();
        if reaped > 0 {
            tracing::info!(sessions = reaped, "closed sessions that nobody used");
        }
    }
}
