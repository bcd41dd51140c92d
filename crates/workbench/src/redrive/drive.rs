//! Redrives one recorded run: the loop reads what the model wrote, and the original's tools run the calls that the loop finds.

use breakroom_tools::workbench::checkout::RecordedRun;
use breakroom_tools::workbench::office::WorkbenchOffice;
use breakroom_tools::workbench::python;
use serde_json::{Value as Json, json};

use super::class::{EndClass, StepClass};
use super::transcript::{RecordedStep, Transcript};
use crate::replay::equal;
use breakroom_agent::ToolOutcome;
use breakroom_agent::react::prompt;
use breakroom_agent::react::state_machine::{ReactLoop, ReactStep};
use breakroom_model::chat::StopReason;

/// The original's limit of steps.
const STEPS: usize = 20;

/// The error of runs that the original stopped.
const STOPPED: &str = "Agent stopped due to iteration limit or time limit.";

/// The end of the error with which the original failed to log a call whose arguments are not an object.
const NOT_NOTED: &str = " object has no attribute 'items'";

/// A redriven run.
pub struct RedrivenRun {
    /// The class of each recorded step.
    pub steps: Vec<StepClass>,
    /// The class of the last reply.
    pub end: EndClass,
    /// The number of observations that were compared.
    pub observed: usize,
    /// The observations that differ: the number of the step, and what was observed.
    pub differing: Vec<(usize, String)>,
    /// The run in the form that the original's rules judge.
    pub run: RecordedRun,
}

impl RedrivenRun {
    /// The first step, counted from zero, with a better reading. From there the office may differ from the record.
    pub fn first_better(&self) -> Option<usize> {
        self.steps
            .iter()
            .position(|class| *class != StepClass::Same && class.is_explained())
    }
}

/// Redrives the texts of a transcript, in an office that starts as `start`.
pub fn drive(start: &WorkbenchOffice, transcript: &Transcript) -> RedrivenRun {
    let mut office = start.clone();
    let mut react = ReactLoop::new(
        prompt::system_message("2023-11-30 00:00:00", "the user", &[]),
        transcript.query.clone(),
        STEPS,
    );
    let mut notes = NotedCalls::default();
    let mut driven = RedrivenRun {
        steps: Vec::new(),
        end: EndClass::BrokenOff,
        observed: 0,
        differing: Vec::new(),
        run: RecordedRun {
            query: transcript.query.clone(),
            calls: Vec::new(),
            error: String::new(),
        },
    };
    let mut ended = false;
    for (index, recorded) in transcript.steps.iter().enumerate() {
        if ended || react.request().is_none() {
            driven.steps.push(StepClass::AfterTheEnd);
            continue;
        }
        let turn = react.reply(&recorded.model_text, StopReason::End);
        let class = StepClass::of(&turn, recorded);
        driven.steps.push(class);
        match turn {
            ReactStep::CallTool(action) => {
                notes.note(&action.tool, &action.arguments);
                let (outcome, ran) = call(&mut office, &action.tool, &action.arguments, recorded);
                if class == StepClass::Same && ran {
                    driven.observed += 1;
                    if !matches!(&outcome, ToolOutcome::Done(found) if equal(found, &recorded.observation))
                    {
                        driven.differing.push((index + 1, outcome.text()));
                    }
                }
                react.observe(&outcome);
            }
            ReactStep::Retry { .. } => {}
            ReactStep::End(_) => ended = true,
        }
    }
    let stopped = react.request().is_none();
    if !ended && !stopped && transcript.error != STOPPED {
        driven.end = end(&mut react, &transcript.final_answer);
    }
    // Only the record knows what interrupted a run from outside, such as a time limit.
    let recorded = Some(&transcript.error).filter(|error| !error.ends_with(NOT_NOTED));
    driven.run.error = match notes.error {
        Some(error) => error,
        None if stopped && !ended => STOPPED.to_owned(),
        None => recorded.cloned().unwrap_or_default(),
    };
    driven.run.calls = notes.calls;
    driven
}

/// Runs a call, and returns whether a tool ran.
fn call(
    office: &mut WorkbenchOffice,
    tool: &str,
    arguments: &Json,
    recorded: &RecordedStep,
) -> (ToolOutcome, bool) {
    let offered = format!("{tool} is not a valid tool, try one of [");
    // Only the record knows which tools a run was offered.
    let withheld = recorded
        .observation
        .as_str()
        .is_some_and(|said| said.starts_with(&offered));
    let result = if withheld {
        None
    } else {
        office.call(tool, arguments)
    };
    match result {
        Some(Ok(result)) => (ToolOutcome::Done(result), true),
        Some(Err(_)) => (
            ToolOutcome::Refused("the tool raised an error".to_owned()),
            true,
        ),
        None => (
            ToolOutcome::UnknownTool(format!("there is no tool {tool:?}")),
            false,
        ),
    }
}

/// Passes the last reply to the loop. If the original took the answer out of a block, the record has only the answer.
fn end(react: &mut ReactLoop, answer: &Json) -> EndClass {
    let turn = match answer {
        Json::String(text) if !text.trim().is_empty() => react.reply(text, StopReason::End),
        other => {
            let block = json!({"action": "Final Answer", "action_input": other});
            react.reply(&format!("```json\n{block}\n```"), StopReason::End)
        }
    };
    match turn {
        ReactStep::CallTool(_) => EndClass::Action,
        ReactStep::Retry { .. } => EndClass::Unreadable,
        ReactStep::End(_) => EndClass::Answer,
    }
}

/// The calls of a run as the original logged them after the run: as call strings, up to the first that it could not log.
#[derive(Default)]
struct NotedCalls {
    calls: Vec<String>,
    error: Option<String>,
}

impl NotedCalls {
    fn note(&mut self, tool: &str, arguments: &Json) {
        if self.error.is_some() {
            return;
        }
        let Json::Object(arguments) = arguments else {
            let kind = match arguments {
                Json::Array(_) => "list",
                Json::String(_) => "str",
                Json::Null => "NoneType",
                Json::Bool(_) => "bool",
                _ if arguments.is_f64() => "float",
                _ => "int",
            };
            self.error = Some(format!("'{kind}'{NOT_NOTED}"));
            return;
        };
        let arguments: Vec<String> = arguments
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", python::to_text(value)))
            .collect();
        self.calls
            .push(format!("{tool}.func({})", arguments.join(", ")));
    }
}
