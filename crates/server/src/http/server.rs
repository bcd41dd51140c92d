//! Listening, the routes put together, and stopping.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, ready};
use std::io::ErrorKind::{ConnectionAborted, ConnectionReset};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{self, HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service};
use tower_http::csrf::{Csrf, CsrfLayer, ProtectionError};
use tracing::Instrument;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::credential::foreign;
use super::places::{Answered, Places, Straight};
use super::problem::Problem;
use super::watch::Watch;
use super::{App, agent, harness, openapi, operation};
use crate::mcp::over_http;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// How often sessions are reaped that nobody uses.
const REAPING: Duration = Duration::from_secs(1);
/// How long the server rests after a connection could not be taken.
const REST: Duration = Duration::from_secs(1);
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

/// What answers every request: the routes, and what is done around them as a whole. As layers of them, each step would box every request's way
/// in and out again.
struct Front {
    app: Arc<App>,
    places: Places,
    router: Router,
    /// The same routes behind a guard against web pages of other sites.
    guarded: Csrf<Router, fn(ProtectionError) -> Response>,
}

impl Front {
    fn new(app: Arc<App>) -> Front {
        let (router, document) = routes().split_for_parts();
        let known = document.paths.paths.keys().map(String::as_str);
        let places = Places::new(known.chain(MCP));
        let [session, anywhere] = MCP;
        let router = router
            .route(session, any(over_http::session))
            .route(anywhere, any(over_http::anywhere))
            .fallback(async |request: Request| Problem::no_route(request.uri().path()))
            .method_not_allowed_fallback(async |request: Request| {
                Problem::no_such_method(request.method().as_str())
            })
            .with_state(Arc::clone(&app));
        Front {
            places,
            guarded: CsrfLayer::new()
                .with_rejection_response(elsewhere as fn(_) -> _)
                .layer(router.clone()),
            router,
            app,
        }
    }

    /// Answers a request, or refuses it where it may come from a web page.
    // What can be done before anything is waited for is: the connection moves the rest about, which should be small.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + use<> {
        let (route, straight) = self.places.of(&request);
        let watch = Watch::begin(&self.app, route, &request);
        let span = watch.span(request.headers());
        let answered = match foreign(&self.app, request.headers()) {
            Some(problem) => Box::pin(ready(problem.into_response())),
            None => self.route(request, straight),
        };
        let answered = AssertUnwindSafe(answered).catch_unwind();
        let answered = answered.map(|answer| answer.unwrap_or_else(broke));
        let answered = answered.instrument(span);
        async move { watch.end(answered.await) }
    }

    fn route(&self, request: Request, straight: Option<&Straight>) -> Answered {
        if may_be_of_a_page(request.headers()) {
            return called(self.guarded.clone(), request);
        }
        match straight {
            Some(straight) => straight(request, Arc::clone(&self.app)),
            None => called(self.router.clone(), request),
        }
    }
}

fn called<S>(mut service: S, request: Request) -> Answered
where
    S: Service<Request, Response = Response, Error = Infallible> + Send + 'static,
    S::Future: Send,
{
    Box::pin(async move {
        let Ok(response) = service.call(request).await;
        response
    })
}

fn elsewhere(_: ProtectionError) -> Response {
    Problem::foreign("the request was sent by a web page of another site: send it from a program")
        .into_response()
}

/// Whether a web page may have sent the request: browsers say of each from where it comes. One without a word of it passes the guard anyway,
/// so it need not take the way through it.
fn may_be_of_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(header::ORIGIN)
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
        let reaper = tokio::spawn(reap(Arc::clone(&app)));
        let under_way = accept(listener, Front::new(Arc::clone(&app)), stop).await;
        app.stopping.store(true, Ordering::Relaxed);
        tracing::info!("stopping: calls under way are finished");
        let outcome = tokio::time::timeout(PATIENCE, under_way.shutdown()).await;
        reaper.abort();
        outcome.with_context(|| {
            let patience = PATIENCE.as_secs();
            format!("calls under way did not end within {patience} seconds")
        })
    }
}

/// Takes connections until `stop` is done; returns those that are open.
// The library's own loop boxes every request and its answer once more than is needed.
async fn accept(
    listener: TcpListener,
    front: Front,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let (front, open) = (Arc::new(front), GracefulShutdown::new());
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            stream = next(&listener) => stream,
            () = &mut stop => return open,
        };
        let front = Arc::clone(&front);
        let service = service_fn(move |request: http::Request<Incoming>| {
            front
                .answer(request.map(Body::new))
                .map(Ok::<_, Infallible>)
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
}

/// The next connection.
async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is written at once: waiting for more to send with it would only delay it.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection waits before it sends");
                }
                return stream;
            }
            // The client's doing.
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionReset) => {}
            Err(error) => {
                // Too many open files, say, of which some may be closed soon.
                tracing::error!(%error, "a connection was not taken");
                tokio::time::sleep(REST).await;
            }
        }
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
