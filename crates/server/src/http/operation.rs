//! Health, metrics, and the server's description of itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};

use super::app_state::AppState;
use super::credential::HarnessPlane;
use super::openapi::schemas;
use breakroom_gateway::wire::Health;

/// The descriptions of all routes. They are made from the routes, so the handlers here get them from the server.
#[derive(Clone, Copy)]
pub(super) struct Documents {
    pub(super) openapi: &'static str,
    pub(super) page: &'static str,
}

/// Whether the server is up
#[utoipa::path(get, path = "/health", tag = "operation", responses((status = 200, description = "It is up", body = schemas::Health)))]
pub(super) async fn health() -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
    })
}

/// Whether the server accepts requests
#[utoipa::path(get, path = "/ready", tag = "operation", responses((status = 200, description = "It does", body = schemas::Health), (status = 503, description = "It is stopping", body = schemas::Health)))]
pub(super) async fn ready(State(app): State<Arc<AppState>>) -> (StatusCode, Json<Health>) {
    let (code, status) = if app.stopping.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else {
        (StatusCode::OK, "ok")
    };
    let status = status.to_owned();
    (code, Json(Health { status }))
}

/// Metrics
///
/// In the text format of Prometheus: sessions, calls by tool and outcome, requests, and how long they took.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, description = "The metrics", content_type = "text/plain", body = String)), security(("server" = [])))]
pub(super) async fn metrics(
    _: HarnessPlane,
    State(app): State<Arc<AppState>>,
) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let text = app.metrics.text(app.gateway.open_sessions());
    ([(header::CONTENT_TYPE, kind)], text)
}

/// This description, for programs
#[utoipa::path(get, path = "/openapi.json", tag = "operation", responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(super) async fn openapi(Extension(documents): Extension<Documents>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, documents.openapi)
}

/// This description, for people
#[utoipa::path(get, path = "/docs", tag = "operation", responses((status = 200, description = "One page that loads nothing else", content_type = "text/html", body = String)))]
pub(super) async fn docs(Extension(documents): Extension<Documents>) -> Html<&'static str> {
    Html(documents.page)
}
