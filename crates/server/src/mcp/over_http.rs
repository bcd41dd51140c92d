//! Streamable HTTP. The session is named in the address, so a request needs nothing of those before it, and clients of every generation work.
//!
//! `/mcp` names no session. A client with a handshake keeps the `Mcp-Session-Id` that it gets there, so it gets a fresh session. A client without
//! a handshake is told how to get an address.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::McpHandler;
use crate::http::{AgentPlane, AppState, Problem};
use breakroom_gateway::wire::OpenRequest;
use breakroom_gateway::{AgentSession, Gateway, Harness};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// The message for a client without a handshake.
const NO_ADDRESS: &str = "this address keeps no session for clients without a handshake: open one with POST /sessions, and use its addresses.mcp";

/// Serves the session that the address names.
pub(crate) async fn session(
    AgentPlane(agent_session): AgentPlane,
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Response {
    serve(app.gateway(), agent_session, request).await
}

/// Serves the address that names no session.
pub(crate) async fn anywhere(
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Result<Response, Problem> {
    let gateway = app.gateway();
    if let Some(held) = request.headers().get(SESSION) {
        let (id, token) = held
            .to_str()
            .unwrap_or_default()
            .split_once('.')
            .unwrap_or_default();
        let agent_session = gateway
            .agent_session(id, Some(token))
            .map_err(Problem::forgotten)?;
        if request.method() == Method::DELETE {
            gateway.trusted().close(agent_session.id())?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        return Ok(serve(gateway, agent_session, request).await);
    }
    let limit = gateway.limits().request_bytes;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, limit)
        .await
        .map_err(|_| Problem::too_large())?;
    let message: McpRequestHead = serde_json::from_slice(&body).unwrap_or_default();
    if message.method != "initialize" {
        return Ok(refuse(&message));
    }
    let harness: Harness = gateway.harness(crate::http::bearer(&parts))?;
    let opened = harness.open(&OpenRequest::default())?;
    let agent_session = harness.agent_session(&opened.session)?;
    let held = format!("{}.{}", opened.session, opened.token.unwrap_or_default());
    let request = Request::from_parts(parts, Body::from(body));
    let mut response = serve(gateway, agent_session, request).await;
    let held = HeaderValue::try_from(held).expect("ids and tokens are digits and letters");
    response.headers_mut().insert(SESSION, held);
    Ok(response)
}

/// The part of a request that decides who serves it.
#[derive(Default, Deserialize)]
struct McpRequestHead {
    #[serde(default)]
    id: Json,
    #[serde(default)]
    method: String,
}

fn refuse(message: &McpRequestHead) -> Response {
    // Clients that know both generations conclude that this server is of the older one, and begin with the handshake.
    let error = json!({ "jsonrpc": "2.0", "id": message.id, "error": { "code": -32_601, "message": NO_ADDRESS } });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::NOT_FOUND, kind, error.to_string()).into_response()
}

async fn serve(gateway: &Gateway, agent_session: AgentSession, request: Request) -> Response {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // Host names are checked earlier, for every route.
        .disable_allowed_hosts()
        .with_max_request_body_bytes(gateway.limits().request_bytes);
    let factory = move || Ok(McpHandler(agent_session.clone()));
    let service =
        StreamableHttpService::new(factory, Arc::new(NeverSessionManager::default()), config);
    service.handle(request).await.map(Body::new)
}
