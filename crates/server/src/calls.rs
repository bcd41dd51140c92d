//! Running a call for a server, and how its agent learns of it.

use serde::Serialize;
use serde_json::value::RawValue;

use super::telemetry;
use breakroom_gateway::wire::{AgentCall, CallOutcome, TracedCall};
use breakroom_gateway::{ApiError, Called, Seat};

/// A call as its agent learns of it; [`wire::CallResult`](breakroom_gateway::wire::CallResult) without a copy of the result.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    pub(super) refused: bool,
    pub(super) result: &'a RawValue,
}

impl Answer<'_> {
    pub(super) fn of(call: &TracedCall) -> Answer<'_> {
        Answer {
            refused: call.outcome != CallOutcome::Done,
            result: &call.result,
        }
    }
}

/// Runs a call.
///
/// It runs on the thread that asks: a call takes some tens of microseconds, less than handing it to another thread would, and is stopped
/// where it takes too long.
///
/// # Errors
/// As [`Seat::call`].
pub(super) async fn run(
    seat: &Seat,
    call: AgentCall,
    key: Option<&str>,
) -> Result<Called, ApiError> {
    let span = telemetry::tool_span(&call);
    let called = span.in_scope(|| seat.call(call, key))?;
    // Other requests go on while an answer is late on purpose.
    if !called.delay.is_zero() {
        tokio::time::sleep(called.delay).await;
    }
    if !span.is_disabled() {
        telemetry::tool_ended(&span, &called.call);
    }
    Ok(called)
}
