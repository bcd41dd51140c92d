//! A server of MCP with one tool that does nothing, and answers with as many bytes as the office: what rmcp itself costs. `clients/latency.py`
//! compares the two.
//!
//! It is set up as the office is, each request for itself and answered as JSON; `--sessions` sets it up as rmcp does by itself.

use std::io::Write;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, json};

struct Empty;

impl ServerHandler for Empty {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema = Map::from_iter([("type".to_owned(), "object".into())]);
        let tool = Tool::new("nothing", "Does nothing", Arc::new(schema));
        Ok(ListToolsResult::with_all_items(vec![tool]))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::structured(json!({
            "event_id": "00000001",
            "event_name": "Back end stand-up",
            "participant_email": "beatriz.angstrom@halden.example",
            "event_start": "2026-06-09 09:15:00",
            "duration": 15
        }))
        .into())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sessions = std::env::args().any(|word| word == "--sessions");
    let config = StreamableHttpServerConfig::default();
    let config = match sessions {
        true => config,
        false => config
            .with_legacy_session_mode(false)
            .with_json_response(true),
    };
    let service = StreamableHttpService::new(
        || Ok(Empty),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}/mcp", listener.local_addr()?)?;
    let router = axum::Router::new().nest_service("/mcp", service);
    axum::serve(listener, router).await?;
    Ok(())
}
