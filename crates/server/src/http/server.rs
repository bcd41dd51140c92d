//! Listening, the layers around the routes, and stopping.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt;
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::app_state::AppState;
use super::credential::refuse_foreign_host;
use super::document;
use super::operation::Documents;
use super::problem::Problem;
use super::request_log::log_request;
use super::routes::routes;
use crate::mcp::over_http;

/// How often the server looks for idle sessions.
const REAP_INTERVAL: Duration = Duration::from_secs(1);
/// How long requests in progress may take once the server stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(30);

/// The addresses of MCP. The OpenAPI document leaves them out.
const MCP: [&str; 2] = ["/sessions/{session}/mcp", "/mcp"];

/// All routes, with the layers around them.
fn service(app: Arc<AppState>) -> Router {
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
        .layer(Extension(Documents {
            openapi: document::text(),
            page: document::page(),
        }))
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
    tracing::error!(panic = text, "a request panicked");
    Problem::server_failed().into_response()
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    app: Arc<AppState>,
}

impl Server {
    /// Listens on an address. Port 0 is any free port.
    ///
    /// # Errors
    /// The address cannot be used.
    pub async fn bind(address: SocketAddr, app: Arc<AppState>) -> Result<Server> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        Ok(Server { listener, app })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// The system does not report it.
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
            // An answer is complete when it is sent, so waiting for more bytes would only delay it.
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
        let grace_is_over = async {
            match stopped.await {
                Ok(()) => tokio::time::sleep(SHUTDOWN_GRACE).await,
                // The server ended by itself, without a stop.
                Err(_) => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            served = serving => served.context("serving failed"),
            () = grace_is_over => Err(anyhow!(
                "requests in progress did not end within {} seconds",
                SHUTDOWN_GRACE.as_secs()
            )),
        };
        reaper.abort();
        outcome
    }
}

async fn reap(app: Arc<AppState>) {
    let mut ticks = tokio::time::interval(REAP_INTERVAL);
    loop {
        ticks.tick().await;
        let reaped = app.gateway.reap();
        if reaped > 0 {
            tracing::info!(sessions = reaped, "closed sessions that nobody used");
        }
    }
}
