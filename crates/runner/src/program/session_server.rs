//! The server through which programs reach their sessions over HTTP and MCP: one for each run, on the loopback interface.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use tokio::sync::mpsc::UnboundedReceiver;

use breakroom_agent::Episode;
use breakroom_gateway::wire::OfficeClock;
use breakroom_gateway::{CallRequest, Gateway, Lease, LeaseInfo};
use breakroom_server::http::{AppState, Server};

/// A server that leases the sessions of a run to the programs that work in them.
pub struct SessionServer {
    gateway: Arc<Gateway>,
    address: SocketAddr,
}

/// The endpoint of one session. The lease ends when this is dropped.
pub(super) struct SessionEndpoint {
    /// The session's base URL.
    pub(super) url: String,
    /// The URL for MCP. It contains the token.
    pub(super) mcp_url: String,
    /// The token for the base URL.
    pub(super) token: String,
    /// The calls that arrive. The channel closes when the lease ends.
    pub(super) calls: UnboundedReceiver<CallRequest>,
    pub(super) lease: Option<Lease>,
}

impl SessionServer {
    /// Starts a server on a free port. It ends with the runtime, which must be multi-threaded.
    ///
    /// # Errors
    /// No port is available.
    pub async fn start() -> Result<SessionServer> {
        let app = AppState::new(Gateway::for_leases(), None);
        let gateway = Arc::clone(app.gateway());
        let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), app).await?;
        let address = server.address()?;
        tokio::spawn(server.serve(std::future::pending()));
        Ok(SessionServer { gateway, address })
    }

    pub(super) fn lease(&self, episode: &Episode<'_>) -> SessionEndpoint {
        let (lease, calls) = self.gateway.lease(LeaseInfo {
            dialect: episode.workplace.dialect(),
            tools: episode
                .workplace
                .tools()
                .into_iter()
                .map(|tool| tool.name)
                .collect(),
            clock: OfficeClock {
                clock: episode.clock.to_owned(),
                owner: Some(episode.owner.to_owned()),
            },
            prompt: episode.task.to_owned(),
        });
        let url = format!("http://{}/sessions/{}", self.address, lease.id());
        let token = lease.token().to_owned();
        SessionEndpoint {
            mcp_url: format!("{url}/mcp?token={token}"),
            url,
            token,
            calls,
            lease: Some(lease),
        }
    }
}
