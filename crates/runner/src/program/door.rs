//! Where programs reach their session over HTTP and MCP: one server for a run, on this machine alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use tokio::sync::mpsc::UnboundedReceiver;

use breakroom_agent::Episode;
use breakroom_gateway::wire::OfficeClock;
use breakroom_gateway::{CallRequest, Gateway, Lease, LeaseInfo};
use breakroom_server::http::{App, Server};

/// A server that lends the sessions of a run to the programs that work in them.
pub struct Door {
    gateway: Arc<Gateway>,
    address: SocketAddr,
}

/// One session behind the door, for as long as this lives.
pub(super) struct Behind {
    /// The session's address, without an end.
    pub(super) url: String,
    /// Where it speaks MCP; the token is part of it.
    pub(super) mcp_url: String,
    /// What an agent has to show at the other.
    pub(super) token: String,
    /// The calls that arrive; none any more once the program is done.
    pub(super) calls: UnboundedReceiver<CallRequest>,
    pub(super) lease: Option<Lease>,
}

impl Door {
    /// Opens a door on a free port; it is closed with the runtime, which has to be one of several threads.
    ///
    /// # Errors
    /// This machine gives no port.
    pub async fn open() -> Result<Door> {
        let app = App::new(Gateway::for_leases(), None);
        let gateway = Arc::clone(app.gateway());
        let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), app).await?;
        let address = server.address()?;
        tokio::spawn(server.serve(std::future::pending()));
        Ok(Door { gateway, address })
    }

    pub(super) fn lend(&self, episode: &Episode<'_>) -> Behind {
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
        Behind {
            mcp_url: format!("{url}/mcp?token={token}"),
            url,
            token,
            calls,
            lease: Some(lease),
        }
    }
}
