//! What a session has come to: its calls and its end.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use breakroom_sandbox::changes::Change;
use breakroom_tasks::verdict::{self, Verdict};
use breakroom_tools::native;
use breakroom_tools::session::{Outcome, Session, write};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::given::{is_same, parse_arguments};
use super::kept::Kept;
use super::library::{Chosen, Library, dialect_name};
use super::{ApiError, ErrorCode, Limits, Witness};
use crate::chaos::{Disturbed, Disturber, Kind};
use crate::wire::{AgentCall, CallOutcome, TouchedRow, TracedCall};

/// What a session has come to.
pub(super) struct Work {
    session: Session,
    trace: Vec<Arc<TracedCall>>,
    keys: HashMap<String, usize>,
    stage: Stage,
    disturber: Option<Disturber>,
    /// Calls by their keys whose answers were lost on purpose, as they really ended.
    lost: HashMap<String, Arc<TracedCall>>,
    kept: Option<Kept>,
}

/// How far an episode is.
#[derive(Clone)]
enum Stage {
    Working,
    Finished,
    /// A fault of ours ended it.
    Failed(String),
}

/// A call that was answered.
#[derive(Debug)]
pub struct Called {
    /// The call.
    pub call: Arc<TracedCall>,
    /// Whether it was run before, under the same key.
    pub replayed: bool,
    /// For how long its answer is to be held back, which the transport does.
    pub delay: Duration,
}

/// A call that was run.
struct Ran {
    call: TracedCall,
    /// The call as it really ended, where its answer is lost.
    lost: Option<TracedCall>,
    /// For how long its answer is to be held back.
    delay: Duration,
}

impl Work {
    /// Work that begins, and whose calls may be disturbed.
    pub(super) fn new(session: Session, disturber: Option<Disturber>) -> Work {
        Work {
            session,
            trace: Vec::new(),
            keys: HashMap::new(),
            stage: Stage::Working,
            disturber,
            lost: HashMap::new(),
            kept: None,
        }
    }

    /// Work that goes on in a folder.
    pub(super) fn kept(
        session: Session,
        mut disturber: Option<Disturber>,
        kept: Kept,
        trace: Vec<Arc<TracedCall>>,
    ) -> Work {
        if let Some(disturber) = &mut disturber {
            for call in &trace {
                disturber.go_past(&call.tool, call.disturbed);
            }
        }
        Work {
            trace,
            kept: Some(kept),
            ..Work::new(session, disturber)
        }
    }

    /// Runs a call, or answers with the one that was run under the same key.
    pub(super) fn call(
        &mut self,
        call: AgentCall,
        key: Option<&str>,
        limits: &Limits,
        witness: &dyn Witness,
    ) -> Result<Called, ApiError> {
        let tool = canonical(&call.name);
        let arguments = parse_arguments(call.arguments)?;
        let lost = key.and_then(|key| self.lost.get(key));
        if let Some(call) = lost.filter(|lost| is_same(lost, &tool, &arguments)) {
            return Ok(Called {
                call: Arc::clone(call),
                replayed: true,
                delay: Duration::ZERO,
            });
        }
        if let Some(key) = key
            && let Some(earlier) = self.keys.get(key).map(|place| &self.trace[*place])
        {
            return replayed(earlier, key, &tool, &arguments);
        }
        self.may_go_on()?;
        if self.session.calls() >= limits.calls {
            return Err(ErrorCode::TooManyCalls.with_message(format!(
                "the session has had its {} calls: finish the episode",
                limits.calls
            )));
        }
        let Ran { call, lost, delay } = self.run(tool, arguments, limits);
        let call = Arc::new(call);
        // What was not carried out can be sent again under its key.
        if let Some(key) = key.filter(|_| call.disturbed != Some(Kind::ErrorBefore)) {
            self.keys.insert(key.to_owned(), self.trace.len());
            if let Some(lost) = lost {
                self.lost.insert(key.to_owned(), Arc::new(lost));
            }
        }
        self.trace.push(Arc::clone(&call));
        witness.called(&call);
        if let Some(kept) = &mut self.kept {
            kept.push(&call)?;
        }
        if let Stage::Failed(reason) = &self.stage {
            return Err(ErrorCode::Fault.with_message(reason.clone()));
        }
        Ok(Called {
            call,
            replayed: false,
            delay,
        })
    }

    /// Ends the episode, and judges it where it has a task. It can be ended again, with other last words.
    pub(super) fn finish(
        &mut self,
        answer: Option<&str>,
        chosen: Option<&Chosen>,
        library: &Library,
    ) -> Result<(Option<Verdict>, Vec<Arc<TracedCall>>), ApiError> {
        let verdict = match chosen {
            None => None,
            Some(chosen) => {
                let fault = match &self.stage {
                    Stage::Failed(reason) => Some(reason.as_str()),
                    Stage::Working | Stage::Finished => None,
                };
                let ending = verdict::Ending {
                    answer,
                    tools: &self.tools(),
                    fault,
                };
                Some(library.judge(chosen)?.judge(&self.session, &ending)?)
            }
        };
        if matches!(self.stage, Stage::Working) {
            self.stage = Stage::Finished;
        }
        Ok((verdict, self.trace.clone()))
    }

    /// Forgets every call and change.
    pub(super) fn reset(&mut self) -> Result<(), ApiError> {
        self.session.reset()?;
        self.trace.clear();
        self.keys.clear();
        self.lost.clear();
        self.stage = Stage::Working;
        if let Some(disturber) = &mut self.disturber {
            disturber.reset();
        }
        if let Some(kept) = &mut self.kept {
            kept.rewrite(&[])?;
        }
        Ok(())
    }

    /// Work that starts where this one is.
    pub(super) fn fork(&mut self) -> Result<Work, ApiError> {
        Ok(Work {
            session: self.session.fork()?,
            trace: self.trace.clone(),
            keys: self.keys.clone(),
            stage: self.stage.clone(),
            disturber: self.disturber.clone(),
            lost: self.lost.clone(),
            kept: None,
        })
    }

    /// The rows that differ from the start.
    pub(super) fn changes(&mut self) -> Result<Vec<Change>, ApiError> {
        Ok(self.session.changes()?)
    }

    /// The calls so far.
    pub(super) fn trace(&self) -> Vec<Arc<TracedCall>> {
        self.trace.clone()
    }

    /// Lets `act` read the session, where its databases can be exported.
    pub(super) fn export<T>(
        &self,
        act: impl FnOnce(&breakroom_sandbox::session::Session) -> Result<T, breakroom_sandbox::Fault>,
    ) -> Result<T, ApiError> {
        match &self.session {
            Session::Native(session) => Ok(act(session)?),
            Session::Workbench(_) => Err(ErrorCode::BadParameters.with_message(format!(
                "a session of the dialect {} has no databases to export: ask for its changes",
                dialect_name(self.session.dialect())
            ))),
        }
    }

    /// Whether it is kept in a folder.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// The session, for another to begin in.
    pub(super) fn into_session(self) -> Session {
        self.session
    }

    fn may_go_on(&self) -> Result<(), ApiError> {
        match &self.stage {
            Stage::Working => Ok(()),
            Stage::Finished => Err(ErrorCode::Ended
                .with_message("the episode is finished: reset the session, or open another")),
            Stage::Failed(reason) => Err(ErrorCode::Ended.with_message(format!(
                "the episode ended by a fault ({reason}): reset the session, or open another"
            ))),
        }
    }

    fn run(&mut self, tool: Cow<'static, str>, arguments: Json, limits: &Limits) -> Ran {
        let began = Instant::now();
        let ran = match &mut self.disturber {
            None => {
                let outcome = self.session.call_written(&tool, &arguments);
                outcome.map(|outcome| (written(outcome), None, None, Duration::ZERO))
            }
            Some(disturber) => {
                let real = |session: &mut Session| session.call(&tool, &arguments);
                let ran = disturber.call(&mut self.session, &tool, &arguments, real);
                ran.map(|ran: Disturbed| {
                    let told = written(ran.outcome.map(|result| write(&result)));
                    (told, ran.lost, ran.kind, ran.delay)
                })
            }
        };
        let (told, lost, disturbed, delay) = ran.unwrap_or_else(|fault| {
            let error = ApiError::from(fault);
            let told = (CallOutcome::Fault, write(&error.message));
            self.stage = Stage::Failed(error.message);
            (told, None, None, Duration::ZERO)
        });
        let microseconds = (began.elapsed() + delay).as_micros() as u64;
        let number = self.session.calls();
        let rows = self.session.touched(number).into_iter();
        let rows: Vec<TouchedRow> = rows
            .map(|(table, id)| TouchedRow {
                table: Cow::Borrowed(&*table.qualified_name),
                id: format!("{id:08}"),
            })
            .collect();
        let shortened =
            |(outcome, result)| shortened(outcome, result, !rows.is_empty(), limits.result_bytes);
        let (outcome, result) = shortened(told);
        let lost = lost.map(|lost| shortened(written(lost.map(|result| write(&result)))));
        let call = TracedCall {
            call: number,
            tool,
            arguments: write(&arguments),
            outcome,
            result,
            microseconds,
            rows,
            disturbed,
        };
        let lost = lost.map(|(outcome, result)| TracedCall {
            outcome,
            result,
            ..call.clone()
        });
        Ran { call, lost, delay }
    }

    /// The tools by the number of their call, as a verdict names them.
    fn tools(&self) -> Vec<&str> {
        let mut tools = vec![""; self.session.calls() as usize];
        for call in &self.trace {
            tools[call.call as usize - 1] = &call.tool;
        }
        tools
    }
}

/// What came of a call, as it is written.
pub(super) fn written(outcome: Outcome<Box<RawValue>>) -> (CallOutcome, Box<RawValue>) {
    match outcome {
        Outcome::Done(result) => (CallOutcome::Done, result),
        Outcome::Refused(reason) => (CallOutcome::Refused, write(&reason)),
        Outcome::UnknownTool(reason) => (CallOutcome::UnknownTool, write(&reason)),
    }
}

/// A result as it is kept, or what stands in its place where it is longer than it may be.
fn shortened(
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
            "done; the result has {bytes} bytes, which is over the limit of {limit}, and is left out"
        );
        (outcome, words)
    } else {
        let words = format!(
            "the result has {bytes} bytes, which is over the limit of {limit}: ask for a smaller page, or search for less"
        );
        (CallOutcome::Refused, words)
    };
    (outcome, write(&words))
}

/// The call that was answered under a key, where it is the same one.
pub(super) fn replayed(
    earlier: &Arc<TracedCall>,
    key: &str,
    tool: &str,
    arguments: &Json,
) -> Result<Called, ApiError> {
    if !is_same(earlier, tool, arguments) {
        return Err(ErrorCode::KeyReused.with_message(format!(
            "the key {key:?} was used for call {}, which was another one: use a new key for each call",
            earlier.call
        )));
    }
    Ok(Called {
        call: Arc::clone(earlier),
        replayed: true,
        delay: Duration::ZERO,
    })
}

/// A tool's name with an underscore after its domain, as the catalog has it.
pub(super) fn canonical(name: &str) -> Cow<'static, str> {
    match native::find(name) {
        Ok(tool) => Cow::Borrowed(&tool.name),
        Err(_) => Cow::Owned(name.to_owned()),
    }
}
