//! Who may do what. A front end gets an [`AgentSession`] or a [`Harness`] only for a token.

use std::sync::{Arc, PoisonError};

use subtle::ConstantTimeEq;

use super::leased_session::LeasedSession;
use super::owned_session::OwnedSession;
use super::{AgentSession, ApiError, ErrorCode, Gateway, Harness};

/// Compares two tokens. How long it takes does not tell where they differ.
fn is_same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl Gateway {
    /// The harness's plane, for whoever sends the server's token. A server without a token gives it to everybody.
    ///
    /// # Errors
    /// The token is missing or is not the server's.
    pub fn harness(self: &Arc<Self>, token: Option<&str>) -> Result<Harness, ApiError> {
        if self.is_harness(token) {
            return Ok(self.trusted());
        }
        match (&self.server_token, token) {
            (_, None) => Err(ErrorCode::Unauthorized.with_message(
                "the server's token is missing: send it as `Authorization: Bearer TOKEN`",
            )),
            (Some(_), Some(_)) => {
                Err(ErrorCode::Unauthorized.with_message("the token is not the server's"))
            }
            (None, Some(_)) => Err(ErrorCode::Unauthorized.with_message(
                "the token is not the server's, because the server has no token: leave it out (a session's token gives access to that session's tools only)",
            )),
        }
    }

    fn is_harness(&self, token: Option<&str>) -> bool {
        match (&self.server_token, token) {
            (None, None) => true,
            (Some(expected), Some(token)) => is_same_token(expected, token),
            _ => false,
        }
    }

    /// The harness's plane, for a transport that itself proves who asks.
    pub fn trusted(self: &Arc<Self>) -> Harness {
        Harness(Arc::clone(self))
    }

    /// Access to a session, for whoever sends that session's token or may act as the harness.
    ///
    /// # Errors
    /// The token is missing or wrong, whether or not there is such a session. Only those who may know are told that the session is unknown,
    /// closed or expired.
    pub fn agent_session(
        self: &Arc<Self>,
        id: &str,
        token: Option<&str>,
    ) -> Result<AgentSession, ApiError> {
        if self.is_harness(token) {
            return self.owned_session(id);
        }
        let Some(token) = token else {
            return Err(ErrorCode::Unauthorized.with_message(
                "the session's token is missing: send it as `Authorization: Bearer TOKEN`",
            ));
        };
        if let Some(session) = self.find_leased(id)
            && is_same_token(&session.token, token)
        {
            return Ok(AgentSession(session));
        }
        let fits = |expected: &Option<String>| {
            let expected = expected.as_ref();
            expected.is_some_and(|expected| is_same_token(expected, token))
        };
        match self.find(id) {
            Ok(entry) if fits(&entry.token) => Ok(AgentSession(Arc::new(OwnedSession {
                gateway: Arc::clone(self),
                entry,
            }))),
            Err(error) if self.token_of_expired(id).is_some_and(|token| fits(&token)) => Err(error),
            _ => Err(ErrorCode::Unauthorized.with_message(format!(
                "the token does not belong to session {id:?}, or there is no such session"
            ))),
        }
    }

    /// Access to a session of the gateway's own.
    pub(super) fn owned_session(self: &Arc<Self>, id: &str) -> Result<AgentSession, ApiError> {
        Ok(AgentSession(Arc::new(OwnedSession {
            gateway: Arc::clone(self),
            entry: self.find(id)?,
        })))
    }

    fn find_leased(&self, id: &str) -> Option<Arc<LeasedSession>> {
        let leased = self.leased.read().unwrap_or_else(PoisonError::into_inner);
        leased.get(id).cloned()
    }
}
