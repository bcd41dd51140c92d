//! The episode in a session: its calls, how far it is, and its end.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use breakroom_sandbox::changes::RowChange;
use breakroom_tasks::verdict::{self, Verdict};
use breakroom_tools::session::{ToolSession, to_raw_json};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::arguments::{is_same_call, normalize_arguments};
use super::call_reply::{canonical_name, replay_for_key, wire_outcome};
use super::episode_journal::EpisodeJournal;
use super::library::{Library, TaskIndex, dialect_name};
use super::{ApiError, CallReply, ErrorCode, GatewayLimits, GatewayObserver};
use crate::chaos::{DisturbanceKind, DisturbedCall, Disturber};
use crate::wire::{AgentCall, CallOutcome, TouchedRow, TracedCall};

/// A session and the episode in it.
pub(super) struct EpisodeState {
    session: ToolSession,
    trace: Vec<Arc<TracedCall>>,
    keys: HashMap<String, usize>,
    status: EpisodeStatus,
    disturber: Option<Disturber>,
    /// Calls whose answers a disturbance withheld, by their keys, with their real outcomes.
    withheld: HashMap<String, Arc<TracedCall>>,
    journal: Option<EpisodeJournal>,
}

/// How far an episode is.
#[derive(Clone)]
enum EpisodeStatus {
    Working,
    Finished,
    /// A fault ended it.
    Failed(String),
}

/// A call that was run.
struct ExecutedCall {
    call: TracedCall,
    /// The call with its real outcome, if a disturbance withheld it.
    withheld: Option<TracedCall>,
    /// How long its answer has to be held back.
    delay: Duration,
}

impl EpisodeState {
    /// An episode that begins. The disturber, if there is one, disturbs its calls.
    pub(super) fn new(session: ToolSession, disturber: Option<Disturber>) -> EpisodeState {
        EpisodeState {
            session,
            trace: Vec::new(),
            keys: HashMap::new(),
            status: EpisodeStatus::Working,
            disturber,
            withheld: HashMap::new(),
            journal: None,
        }
    }

    /// An episode that goes on in a folder.
    pub(super) fn resume(
        session: ToolSession,
        mut disturber: Option<Disturber>,
        journal: EpisodeJournal,
        trace: Vec<Arc<TracedCall>>,
    ) -> EpisodeState {
        if let Some(disturber) = &mut disturber {
            for call in &trace {
                disturber.skip(&call.tool, call.disturbed);
            }
        }
        EpisodeState {
            trace,
            journal: Some(journal),
            ..EpisodeState::new(session, disturber)
        }
    }

    /// Runs a call, or answers with the one that was run under the same key.
    pub(super) fn call(
        &mut self,
        call: AgentCall,
        key: Option<&str>,
        limits: &GatewayLimits,
        observer: &dyn GatewayObserver,
    ) -> Result<CallReply, ApiError> {
        let tool = canonical_name(&call.name);
        let arguments = normalize_arguments(call.arguments)?;
        let withheld = key.and_then(|key| self.withheld.get(key));
        if let Some(call) = withheld.filter(|call| is_same_call(call, &tool, &arguments)) {
            return Ok(CallReply::replay(call));
        }
        if let Some(key) = key
            && let Some(earlier) = self.keys.get(key).map(|position| &self.trace[*position])
        {
            return replay_for_key(earlier, key, &tool, &arguments);
        }
        self.check_not_ended()?;
        if self.session.calls() >= limits.calls {
            return Err(ErrorCode::TooManyCalls.with_message(format!(
                "the session has used all of its {} calls: finish the episode",
                limits.calls
            )));
        }
        let ExecutedCall {
            call,
            withheld,
            delay,
        } = self.run(tool, arguments, limits);
        let call = Arc::new(call);
        // A call that was not carried out can be sent again under its key.
        if let Some(key) = key.filter(|_| call.disturbed != Some(DisturbanceKind::ErrorBefore)) {
            self.keys.insert(key.to_owned(), self.trace.len());
            if let Some(withheld) = withheld {
                self.withheld.insert(key.to_owned(), Arc::new(withheld));
            }
        }
        self.trace.push(Arc::clone(&call));
        observer.call_finished(&call);
        if let Some(journal) = &mut self.journal {
            journal.append(&call)?;
        }
        if let EpisodeStatus::Failed(reason) = &self.status {
            return Err(ErrorCode::Fault.with_message(reason.clone()));
        }
        Ok(CallReply {
            call,
            replayed: false,
            delay,
        })
    }

    /// Ends the episode, and judges it if it has a task. It can be ended again with another answer.
    pub(super) fn finish(
        &mut self,
        answer: Option<&str>,
        task: Option<&TaskIndex>,
        library: &Library,
    ) -> Result<(Option<Verdict>, Vec<Arc<TracedCall>>), ApiError> {
        let verdict = match task {
            None => None,
            Some(task) => {
                let fault = match &self.status {
                    EpisodeStatus::Failed(reason) => Some(reason.as_str()),
                    EpisodeStatus::Working | EpisodeStatus::Finished => None,
                };
                let ending = verdict::EpisodeEnding {
                    answer,
                    tools: &self.tools(),
                    fault,
                };
                Some(library.judge(task)?.judge(&self.session, &ending)?)
            }
        };
        if matches!(self.status, EpisodeStatus::Working) {
            self.status = EpisodeStatus::Finished;
        }
        Ok((verdict, self.trace.clone()))
    }

    /// Forgets every call and change.
    pub(super) fn reset(&mut self) -> Result<(), ApiError> {
        self.session.reset()?;
        self.trace.clear();
        self.keys.clear();
        self.withheld.clear();
        self.status = EpisodeStatus::Working;
        if let Some(disturber) = &mut self.disturber {
            disturber.reset();
        }
        if let Some(journal) = &mut self.journal {
            journal.rewrite(&[])?;
        }
        Ok(())
    }

    /// Another episode that goes on from here.
    pub(super) fn fork(&mut self) -> Result<EpisodeState, ApiError> {
        Ok(EpisodeState {
            session: self.session.fork()?,
            trace: self.trace.clone(),
            keys: self.keys.clone(),
            status: self.status.clone(),
            disturber: self.disturber.clone(),
            withheld: self.withheld.clone(),
            journal: None,
        })
    }

    /// The rows that differ from the start.
    pub(super) fn changes(&mut self) -> Result<Vec<RowChange>, ApiError> {
        Ok(self.session.changes()?)
    }

    /// The calls so far.
    pub(super) fn trace(&self) -> Vec<Arc<TracedCall>> {
        self.trace.clone()
    }

    /// Lets `act` read the session, if it has databases to export.
    pub(super) fn export<T>(
        &self,
        act: impl FnOnce(&breakroom_sandbox::session::Session) -> Result<T, breakroom_sandbox::Fault>,
    ) -> Result<T, ApiError> {
        match &self.session {
            ToolSession::Native(session) => Ok(act(session)?),
            ToolSession::Workbench(_) => Err(ErrorCode::BadParameters.with_message(format!(
                "a session of the dialect {} has no databases to export: ask for its changes",
                dialect_name(self.session.dialect())
            ))),
        }
    }

    /// Whether it lives in a folder.
    pub(super) fn is_in_folder(&self) -> bool {
        self.journal.is_some()
    }

    /// The session alone, to be used again.
    pub(super) fn into_session(self) -> ToolSession {
        self.session
    }

    fn check_not_ended(&self) -> Result<(), ApiError> {
        match &self.status {
            EpisodeStatus::Working => Ok(()),
            EpisodeStatus::Finished => Err(ErrorCode::Ended
                .with_message("the episode is finished: reset the session, or open another")),
            EpisodeStatus::Failed(reason) => Err(ErrorCode::Ended.with_message(format!(
                "a fault ended the episode ({reason}): reset the session, or open another"
            ))),
        }
    }

    fn run(
        &mut self,
        tool: Cow<'static, str>,
        arguments: Json,
        limits: &GatewayLimits,
    ) -> ExecutedCall {
        let began = Instant::now();
        let executed = match &mut self.disturber {
            None => {
                let outcome = self.session.call_written(&tool, &arguments);
                outcome.map(|outcome| (wire_outcome(outcome), None, None, Duration::ZERO))
            }
            Some(disturber) => {
                let execute = |session: &mut ToolSession| session.call(&tool, &arguments);
                let disturbed = disturber.call(&mut self.session, &tool, &arguments, execute);
                disturbed.map(|call: DisturbedCall| {
                    let shown = wire_outcome(call.outcome.map(|result| to_raw_json(&result)));
                    (shown, call.withheld, call.kind, call.delay)
                })
            }
        };
        let (shown, withheld, disturbed, delay) = executed.unwrap_or_else(|fault| {
            let error = ApiError::from(fault);
            let shown = (CallOutcome::Fault, to_raw_json(&error.message));
            self.status = EpisodeStatus::Failed(error.message);
            (shown, None, None, Duration::ZERO)
        });
        let microseconds = (began.elapsed() + delay).as_micros() as u64;
        let number = self.session.calls();
        let rows = self.session.touched_rows(number).into_iter();
        let rows: Vec<TouchedRow> = rows
            .map(|(table, id)| TouchedRow {
                table: Cow::Borrowed(&*table.qualified_name),
                id: format!("{id:08}"),
            })
            .collect();
        let wrote = !rows.is_empty();
        let limited = |(outcome, result)| limit_result(outcome, result, wrote, limits.result_bytes);
        let (outcome, result) = limited(shown);
        let withheld =
            withheld.map(|real| limited(wire_outcome(real.map(|result| to_raw_json(&result)))));
        let call = TracedCall {
            call: number,
            tool,
            arguments: to_raw_json(&arguments),
            outcome,
            result,
            microseconds,
            rows,
            disturbed,
        };
        let withheld = withheld.map(|(outcome, result)| TracedCall {
            outcome,
            result,
            ..call.clone()
        });
        ExecutedCall {
            call,
            withheld,
            delay,
        }
    }

    /// The tool of each call, in the order of the calls' numbers.
    fn tools(&self) -> Vec<&str> {
        let mut tools = vec![""; self.session.calls() as usize];
        for call in &self.trace {
            tools[call.call as usize - 1] = &call.tool;
        }
        tools
    }
}

/// Replaces a result that is longer than the limit with a note about it.
fn limit_result(
    outcome: CallOutcome,
    result: Box<RawValue>,
    wrote: bool,
    limit: usize,
) -> (CallOutcome, Box<RawValue>) {
    let bytes = result.get().len();
    if bytes <= limit {
        return (outcome, result);
    }
    let (outcome, words) = if wrote {
        let words = format!(
            "done; the result is left out, because its {bytes} bytes exceed the limit of {limit}"
        );
        (outcome, words)
    } else {
        let words = format!(
            "the result has {bytes} bytes, which exceeds the limit of {limit}: ask for a smaller page, or search for less"
        );
        (CallOutcome::Refused, words)
    };
    (outcome, to_raw_json(&words))
}
