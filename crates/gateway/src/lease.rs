//! Leasing a session to the front ends, for as long as its owner wants.

use std::sync::{Arc, PoisonError};

use tokio::sync::mpsc;

use super::leased_session::LeasedSession;
use super::{CallRequest, Gateway, LeaseInfo, Library, SessionIds, random_hex};

/// The session is leased for as long as this lives.
pub struct Lease {
    gateway: Arc<Gateway>,
    session: Arc<LeasedSession>,
}

impl Gateway {
    /// A gateway for leased sessions only: it owns none, and its harness's plane is locked.
    pub fn for_leases() -> Gateway {
        let unknown_token = Some(random_hex::<16>());
        Gateway::new(Library::default(), SessionIds::Random).with_server_token(unknown_token)
    }

    /// Leases a session to the front ends, under an id and a token of its own. Its calls arrive at the receiver, one after the other.
    pub fn lease(
        self: &Arc<Self>,
        info: LeaseInfo,
    ) -> (Lease, mpsc::UnboundedReceiver<CallRequest>) {
        let (session, calls) = LeasedSession::new(info);
        let session = Arc::new(session);
        let mut leased = self.leased.write().unwrap_or_else(PoisonError::into_inner);
        leased.insert(session.id.clone(), Arc::clone(&session));
        drop(leased);
        let gateway = Arc::clone(self);
        (Lease { gateway, session }, calls)
    }
}

impl Lease {
    /// The session's id.
    pub fn id(&self) -> &str {
        &self.session.id
    }

    /// The token that an agent has to send.
    pub fn token(&self) -> &str {
        &self.session.token
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let leased = self.gateway.leased.write();
        leased
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.session.id);
    }
}
