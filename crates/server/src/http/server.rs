//! Listening, the routes put together, and stopping.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::credential::refuse_foreign_host;
use super::problem::Problem;
use super::request_log::log_request;
use super::{App, agent, harness, openapi, operation};
use crate::mcp::over_http;

/// How often idle sessions are closed.
const REAPING: Duration = Duration::from_secs(1);
/// How long requests in progress may take once the server stops.
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

/// The addresses of MCP, which the document leaves out.
const MCP: [&str; 2] = ["/sessions/{session}/mcp", "/mcp"];

/// The service: all routes, and what is done around each of them.
fn service(app: Arc<App>) -> Router {
    let [session, anywhere] = MCP;
    let limit = app.gateway.limits().request_bytes;
    routes()
        .split_for_parts()
        .0
        .route(session, any(over_http::session))
        .route(anywhere, any(over_http::anywhere))
        .fallback(async |request: Request| Problem::no_route(request.uri().path()))
        .method_not_allowed_fallback(async |request: Request| {
            Problem::no_such_method(request.method().as_str())
        })
        // The layer that is added last runs first.
        .layer(DefaultBodyLimit::max(limit))
        .layer(CsrfLayer::new().with_rejection_response(refuse_foreign_page as fn(_) -> _))
        .layer(from_fn_with_state(Arc::clone(&app), refuse_foreign_host))
        .layer(CatchPanicLayer::custom(answer_panic as fn(_) -> _))
        .layer(from_fn_with_state(Arc::clone(&app), log_request))
        .with_state(app)
}

fn refuse_foreign_page(_: ProtectionError) -> Response {
    Problem::foreign("the request was sent by a web page of another site: send it from a program")
        .into_response()
}

fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
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

    /// Serves until `stop` is done, and then until the requests in progress are answered.
    ///
    /// # Errors
    /// Listening failed, or the requests in progress did not end.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Server { listener, app } = self;
        let reaper = tokio::spawn(reap(Arc::clone(&app)));
        let listener = listener.tap_io(|stream| {
            // Waiting for more bytes to send with an answer would only delay it.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
        });
        let (stopping, stopped) = oneshot::channel();
        let service = service(Arc::clone(&app));
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            stop.await;
            app.stopping.store(true, Ordering::Relaxed);
            tracing::info!("stopping: requests in progress are finished");
            let _ = stopping.send(());
        });
        let out_of_patience = async {
            match stopped.await {
                Ok(()) => tokio::time::sleep(PATIENCE).await,
                // The server ended by itself.
                Err(_) => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            served = serving => served.context("serving failed"),
            () = out_of_patience => Err(anyhow!(
                "requests in progress did not end within {} seconds",
                PATIENCE.as_secs()
            )),
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
