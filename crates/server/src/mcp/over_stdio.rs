//! MCP over standard input and output. The process has one session. If it lives in a folder, the next process can go on with it.

use std::sync::Arc;

use anyhow::Result;
use rmcp::ServiceExt;

use super::McpHandler;
use breakroom_gateway::Gateway;
use breakroom_gateway::wire::OpenRequest;

/// Serves one session until the client closes its end.
///
/// # Errors
/// The session cannot be opened, or the client broke the protocol.
pub async fn serve(gateway: Arc<Gateway>, open: &OpenRequest) -> Result<()> {
    let harness = gateway.trusted();
    let session = harness.open(open)?.session;
    let handler = McpHandler(harness.agent_session(&session)?);
    let service = handler.serve(rmcp::transport::stdio()).await?;
    service.waiting().await?;
    Ok(())
}
