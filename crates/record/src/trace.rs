//! A trace: everything that happened in an episode, one JSON object a line. `docs/traces.md` explains it.

use std::time::{Duration, Instant};

use breakroom_tasks::verdict::Verdict;
use breakroom_tools::session::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::record::{EndingRecord, FORMAT_VERSION, UsageRecord};
use breakroom_agent::react::marks::Marks;
use breakroom_agent::{Event, Observer, Output};
use breakroom_gateway::chaos;
use breakroom_model::chat::{Message, Reply, Stopped, ToolCall, Usage};

/// A line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// The first line: which episode this is.
    Episode {
        /// The version of the form.
        format_version: u32,
        /// The task's id.
        task: String,
        /// Which episode of the task, counted from one.
        trial: u32,
        /// The agent.
        agent: String,
        /// The model, where the agent has one.
        model: Option<String>,
        /// The task's prompt.
        prompt: String,
    },
    /// The conversation begins with these messages; `tools` are those to call natively, by name.
    Began {
        /// System and task.
        messages: Vec<Message>,
        /// Names of tools.
        tools: Vec<String>,
    },
    /// The model said something.
    Replied {
        /// Its text.
        text: String,
        /// Native calls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
        /// Why it stopped.
        stopped: Stopped,
        /// Tokens.
        usage: UsageRecord,
        /// How often the provider was asked.
        attempts: u32,
        /// How long it took.
        took_ms: f64,
    },
    /// A reply could be read once this was mended.
    Mended {
        /// What was mended.
        marks: Marks,
    },
    /// A reply could not be read, and went back to the model.
    Unreadable {
        /// What was wrong with it.
        reason: String,
    },
    /// A tool was called.
    Called {
        /// The call's number, counted from one.
        call: u32,
        /// As the agent named it.
        tool: String,
        /// As the agent gave them.
        arguments: Json,
        /// What it came to.
        outcome: CallOutcome,
        /// The result, or the text of the refusal.
        result: Json,
        /// The rows that this call changed.
        changed: Vec<RowStep>,
        /// What disturbed it, where the office's side misbehaved on purpose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disturbed: Option<chaos::DisturbanceKind>,
        /// How long it ran.
        took_ms: f64,
    },
    /// What a program wrote in all.
    Wrote {
        /// Where.
        output: Output,
        /// The text; of a log only the end.
        text: String,
    },
    /// The last line: how it ended.
    Ended {
        /// How.
        ending: EndingRecord,
        /// The verdict, as the episode's line has it.
        verdict: Box<Verdict>,
    },
}

impl Line {
    /// The model's reply that the line keeps; it is there at once when it is said again.
    pub fn reply(self) -> Option<Reply> {
        match self {
            Line::Replied {
                text,
                calls,
                stopped,
                usage,
                attempts,
                ..
            } => Some(Reply {
                text,
                calls,
                stopped,
                usage: Usage {
                    input: usage.input,
                    cached: usage.cached,
                    output: usage.output,
                },
                attempts,
                took: Duration::ZERO,
            }),
            _ => None,
        }
    }
}

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The tool ran.
    Done,
    /// The tool refused; nothing changed.
    Refused,
    /// There is no such tool, or it was not offered.
    UnknownTool,
}

/// A row before and after one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowStep {
    /// `database.table`.
    pub table: String,
    /// The row's id.
    pub id: String,
    /// None where the call created it.
    pub before: Json,
    /// None where the call deleted it.
    pub after: Json,
}

/// What a call did, beside its result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallEffects {
    /// The rows that it changed.
    pub changed: Vec<RowStep>,
    /// What disturbed it.
    pub disturbed: Option<chaos::DisturbanceKind>,
}

/// Keeps all that happens in an episode.
pub struct Recorder {
    lines: Vec<Line>,
    /// The tools of the calls, in order.
    pub tools: Vec<String>,
    /// Calls that did not run.
    pub refused: usize,
    /// Replies of the model.
    pub steps: usize,
    /// Tokens.
    pub usage: Usage,
    /// Time spent waiting for the model.
    pub model_time: Duration,
    /// Time spent in tools.
    pub tool_time: Duration,
}

impl Recorder {
    /// A recorder that has the first line.
    pub fn new(first: Line) -> Recorder {
        Recorder {
            lines: vec![first],
            tools: Vec::new(),
            refused: 0,
            steps: 0,
            usage: Usage::default(),
            model_time: Duration::ZERO,
            tool_time: Duration::ZERO,
        }
    }

    /// Every line so far, with what each call did.
    pub fn finish(mut self, effects: Vec<CallEffects>) -> Vec<Line> {
        let mut effects = effects.into_iter();
        for line in &mut self.lines {
            if let Line::Called {
                changed, disturbed, ..
            } = line
            {
                CallEffects {
                    changed: *changed,
                    disturbed: *disturbed,
                } = effects.next().unwrap_or_default();
            }
        }
        self.lines
    }

    fn replied(&mut self, reply: &Reply) {
        self.steps += 1;
        self.usage += reply.usage;
        self.model_time += reply.took;
        self.lines.push(Line::Replied {
            text: reply.text.clone(),
            calls: reply.calls.clone(),
            stopped: reply.stopped,
            usage: usage(reply.usage),
            attempts: reply.attempts,
            took_ms: milliseconds(reply.took),
        });
    }

    fn called(&mut self, tool: &str, arguments: &Json, outcome: &Outcome, took: Duration) {
        self.tool_time += took;
        self.refused += usize::from(outcome.is_refused());
        self.tools.push(tool.to_owned());
        self.lines.push(Line::Called {
            call: u32::try_from(self.tools.len()).unwrap_or(u32::MAX),
            tool: tool.to_owned(),
            arguments: arguments.clone(),
            outcome: match outcome {
                Outcome::Done(_) => CallOutcome::Done,
                Outcome::Refused(_) => CallOutcome::Refused,
                Outcome::UnknownTool(_) => CallOutcome::UnknownTool,
            },
            result: outcome.to_json(),
            changed: Vec::new(),
            disturbed: None,
            took_ms: milliseconds(took),
        });
    }
}

impl Observer for Recorder {
    fn saw(&mut self, event: Event<'_>) {
        match event {
            Event::Began { messages, tools } => self.lines.push(Line::Began {
                messages: messages.to_vec(),
                tools: tools.iter().map(|tool| tool.name.clone()).collect(),
            }),
            Event::Replied { reply } => self.replied(reply),
            Event::Mended { marks } => self.lines.push(Line::Mended {
                marks: marks.clone(),
            }),
            Event::Unreadable { reason } => self.lines.push(Line::Unreadable {
                reason: reason.to_owned(),
            }),
            Event::Called {
                tool,
                arguments,
                outcome,
                took,
            } => self.called(tool, arguments, outcome, took),
            Event::Wrote { output, text } => self.lines.push(Line::Wrote {
                output,
                text: text.to_owned(),
            }),
        }
    }
}

/// Tokens in the form of records.
pub fn usage(usage: Usage) -> UsageRecord {
    UsageRecord {
        input: usage.input,
        cached: usage.cached,
        output: usage.output,
    }
}

/// Milliseconds, to a thousandth.
pub fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// The first line of a trace.
pub fn first(
    task: &breakroom_tasks::task::Task,
    trial: u32,
    agent: &str,
    model: Option<&str>,
) -> Line {
    Line::Episode {
        format_version: FORMAT_VERSION,
        task: task.id.clone(),
        trial,
        agent: agent.to_owned(),
        model: model.map(str::to_owned),
        prompt: task.prompt.clone(),
    }
}

/// Where an episode's trace lies, below the run's folder.
pub fn file_name(task: &breakroom_tasks::task::Task, trial: u32) -> String {
    format!("traces/{}.{trial}.jsonl", task.id)
}

/// A trace as text.
pub fn to_jsonl(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(
            &serde_json::to_string(line).expect("lines are made of text, numbers and JSON"),
        );
        text.push('\n');
    }
    text
}

/// A clock for what took how long.
pub fn since(start: Instant) -> f64 {
    milliseconds(start.elapsed())
}
