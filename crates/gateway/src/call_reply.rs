//! The answer to a call, and what every kind of session needs to make one.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use breakroom_tools::native;
use breakroom_tools::session::{ToolOutcome, to_raw_json};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::arguments::is_same_call;
use super::{ApiError, ErrorCode};
use crate::wire::{CallOutcome, TracedCall};

/// The answer to a call.
#[derive(Debug)]
pub struct CallReply {
    /// The call.
    pub call: Arc<TracedCall>,
    /// Whether it was run before, under the same key.
    pub replayed: bool,
    /// How long the transport has to hold the answer back.
    pub delay: Duration,
}

impl CallReply {
    /// The answer that an earlier call got under the same key.
    pub(super) fn replay(call: &Arc<TracedCall>) -> CallReply {
        CallReply {
            call: Arc::clone(call),
            replayed: true,
            delay: Duration::ZERO,
        }
    }
}

/// Answers with the call that was run under a key, if the new call is the same.
pub(super) fn replay_for_key(
    earlier: &Arc<TracedCall>,
    key: &str,
    tool: &str,
    arguments: &Json,
) -> Result<CallReply, ApiError> {
    if !is_same_call(earlier, tool, arguments) {
        return Err(ErrorCode::KeyReused.with_message(format!(
            "the key {key:?} was already used for call {}, which is a different call: use a new key for each call",
            earlier.call
        )));
    }
    Ok(CallReply::replay(earlier))
}

/// An outcome in the form that traces and answers have.
pub(super) fn wire_outcome(outcome: ToolOutcome<Box<RawValue>>) -> (CallOutcome, Box<RawValue>) {
    match outcome {
        ToolOutcome::Done(result) => (CallOutcome::Done, result),
        ToolOutcome::Refused(reason) => (CallOutcome::Refused, to_raw_json(&reason)),
        ToolOutcome::UnknownTool(reason) => (CallOutcome::UnknownTool, to_raw_json(&reason)),
    }
}

/// A tool's name as the catalog has it, with an underscore after its domain.
pub(super) fn canonical_name(name: &str) -> Cow<'static, str> {
    match native::find(name) {
        Ok(tool) => Cow::Borrowed(&tool.name),
        Err(_) => Cow::Owned(name.to_owned()),
    }
}
