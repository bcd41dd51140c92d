//! Runs a call for an agent, and writes its result.

use serde::Serialize;
use serde_json::value::RawValue;

use super::telemetry;
use breakroom_gateway::wire::{AgentCall, CallOutcome, TracedCall};
use breakroom_gateway::{AgentSession, ApiError, CallReply};

/// [`wire::CallResult`](breakroom_gateway::wire::CallResult) without a copy of the result.
#[derive(Serialize)]
pub(super) struct BorrowedCallResult<'a> {
    pub(super) refused: bool,
    pub(super) result: &'a RawValue,
}

impl BorrowedCallResult<'_> {
    pub(super) fn of(call: &TracedCall) -> BorrowedCallResult<'_> {
        BorrowedCallResult {
            refused: call.outcome != CallOutcome::Done,
            result: &call.result,
        }
    }
}

/// Runs a call.
///
/// It runs on the thread that received it. A call takes some tens of microseconds, less than moving it to another thread, and a call that
/// takes too long is stopped.
///
/// # Errors
/// As [`AgentSession::call`].
pub(super) async fn run(
    session: &AgentSession,
    call: AgentCall,
    key: Option<&str>,
) -> Result<CallReply, ApiError> {
    let span = telemetry::tool_span(&call);
    let reply = span.in_scope(|| session.call(call, key))?;
    // Other requests go on while this answer is held back.
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    if !span.is_disabled() {
        telemetry::tool_ended(&span, &reply.call);
    }
    Ok(reply)
}
