//! The trace of an episode: its events, one JSON object per line. `docs/traces.md` explains the format.

use std::time::{Duration, Instant};

use breakroom_tasks::verdict::Verdict;
use breakroom_tools::session::ToolOutcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::record::{EndingRecord, FORMAT_VERSION, UsageRecord};
use breakroom_agent::react::format_issues::FormatIssues;
use breakroom_agent::{EpisodeEvent, Observer, OutputStream};
use breakroom_gateway::chaos;
use breakroom_model::chat::{Message, Reply, StopReason, ToolCall, Usage};

/// An event of an episode, and a line of its trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum TraceEvent {
    /// The first event: which episode this is.
    Episode {
        /// The version of the format.
        format_version: u32,
        /// The task's id.
        task: String,
        /// Which episode of the task, counted from one.
        trial: u32,
        /// The agent.
        agent: String,
        /// The model, if the agent has one.
        model: Option<String>,
        /// The task's prompt.
        prompt: String,
    },
    /// The conversation began with these messages; `tools` are the names of the tools for native calls.
    Began {
        /// The system prompt and the task.
        messages: Vec<Message>,
        /// The names of the tools.
        tools: Vec<String>,
    },
    /// The model replied.
    Replied {
        /// Its text.
        text: String,
        /// Native calls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
        /// Why the model stopped.
        stopped: StopReason,
        /// Tokens.
        usage: UsageRecord,
        /// How many requests it took.
        attempts: u32,
        /// How long it took.
        took_ms: f64,
    },
    /// A malformed reply was repaired before it could be parsed.
    Mended {
        /// What was repaired.
        marks: FormatIssues,
    },
    /// A reply could not be parsed and was sent back to the model with the reason.
    Unreadable {
        /// Why it could not be parsed.
        reason: String,
    },
    /// A tool was called.
    Called {
        /// The call's number, counted from one.
        call: u32,
        /// The tool's name, as the agent wrote it.
        tool: String,
        /// The arguments, as the agent wrote them.
        arguments: Json,
        /// Whether the tool ran.
        outcome: CallStatus,
        /// The result, or the reason for the refusal.
        result: Json,
        /// The rows that the call changed.
        changed: Vec<RowDiff>,
        /// How chaos disturbed the call, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disturbed: Option<chaos::DisturbanceKind>,
        /// How long it took.
        took_ms: f64,
    },
    /// Everything that a program wrote to one of its outputs.
    Wrote {
        /// The output.
        output: OutputStream,
        /// The text; only the end of it if the output is the log.
        text: String,
    },
    /// The last event: how the episode ended.
    Ended {
        /// How the agent's work ended.
        ending: EndingRecord,
        /// The verdict, as in `episodes.jsonl`.
        verdict: Box<Verdict>,
    },
}

impl TraceEvent {
    /// The recorded reply, if this event is one. It takes no time when it is replayed.
    pub fn reply(self) -> Option<Reply> {
        match self {
            TraceEvent::Replied {
                text,
                calls,
                stopped,
                usage,
                attempts,
                ..
            } => Some(Reply {
                text,
                calls,
                stop_reason: stopped,
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

/// Whether a call ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// The tool ran.
    Done,
    /// The tool refused; nothing changed.
    Refused,
    /// There is no such tool, or it was not offered.
    UnknownTool,
}

/// A row before and after a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowDiff {
    /// `database.table`.
    pub table: String,
    /// The row's id.
    pub id: String,
    /// The row before the call; null if the call created it.
    pub before: Json,
    /// The row after the call; null if the call deleted it.
    pub after: Json,
}

/// What a call did, apart from its result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallEffects {
    /// The rows that it changed.
    pub changed: Vec<RowDiff>,
    /// How chaos disturbed it, if it did.
    pub disturbed: Option<chaos::DisturbanceKind>,
}

/// Records the events of an episode.
pub struct TraceRecorder {
    events: Vec<TraceEvent>,
    /// The tool of each call, in order.
    pub tools: Vec<String>,
    /// Calls that did not run.
    pub refused: usize,
    /// The number of the model's replies.
    pub steps: usize,
    /// Tokens.
    pub usage: Usage,
    /// Time spent waiting for the model.
    pub model_time: Duration,
    /// Time spent in tools.
    pub tool_time: Duration,
}

impl TraceRecorder {
    /// A recorder that starts with the first event.
    pub fn new(first: TraceEvent) -> TraceRecorder {
        TraceRecorder {
            events: vec![first],
            tools: Vec::new(),
            refused: 0,
            steps: 0,
            usage: Usage::default(),
            model_time: Duration::ZERO,
            tool_time: Duration::ZERO,
        }
    }

    /// All events, with the effects of each call filled in.
    pub fn finish(mut self, effects: Vec<CallEffects>) -> Vec<TraceEvent> {
        let mut effects = effects.into_iter();
        for event in &mut self.events {
            if let TraceEvent::Called {
                changed, disturbed, ..
            } = event
            {
                CallEffects {
                    changed: *changed,
                    disturbed: *disturbed,
                } = effects.next().unwrap_or_default();
            }
        }
        self.events
    }

    fn replied(&mut self, reply: &Reply) {
        self.steps += 1;
        self.usage += reply.usage;
        self.model_time += reply.took;
        self.events.push(TraceEvent::Replied {
            text: reply.text.clone(),
            calls: reply.calls.clone(),
            stopped: reply.stop_reason,
            usage: usage_record(reply.usage),
            attempts: reply.attempts,
            took_ms: milliseconds(reply.took),
        });
    }

    fn called(&mut self, tool: &str, arguments: &Json, outcome: &ToolOutcome, took: Duration) {
        self.tool_time += took;
        self.refused += usize::from(outcome.is_refused());
        self.tools.push(tool.to_owned());
        self.events.push(TraceEvent::Called {
            call: u32::try_from(self.tools.len()).unwrap_or(u32::MAX),
            tool: tool.to_owned(),
            arguments: arguments.clone(),
            outcome: match outcome {
                ToolOutcome::Done(_) => CallStatus::Done,
                ToolOutcome::Refused(_) => CallStatus::Refused,
                ToolOutcome::UnknownTool(_) => CallStatus::UnknownTool,
            },
            result: outcome.to_json(),
            changed: Vec::new(),
            disturbed: None,
            took_ms: milliseconds(took),
        });
    }
}

impl Observer for TraceRecorder {
    fn on_event(&mut self, event: EpisodeEvent<'_>) {
        match event {
            EpisodeEvent::ConversationStarted { messages, tools } => {
                self.events.push(TraceEvent::Began {
                    messages: messages.to_vec(),
                    tools: tools.iter().map(|tool| tool.name.clone()).collect(),
                })
            }
            EpisodeEvent::ModelReplied { reply } => self.replied(reply),
            EpisodeEvent::ReplyRepaired { issues } => self.events.push(TraceEvent::Mended {
                marks: issues.clone(),
            }),
            EpisodeEvent::ReplyRejected { reason } => self.events.push(TraceEvent::Unreadable {
                reason: reason.to_owned(),
            }),
            EpisodeEvent::ToolCalled {
                tool,
                arguments,
                outcome,
                took,
            } => self.called(tool, arguments, outcome, took),
            EpisodeEvent::ProgramWrote { stream, text } => self.events.push(TraceEvent::Wrote {
                output: stream,
                text: text.to_owned(),
            }),
        }
    }
}

/// Token counts as they are recorded.
pub fn usage_record(usage: Usage) -> UsageRecord {
    UsageRecord {
        input: usage.input,
        cached: usage.cached,
        output: usage.output,
    }
}

/// A duration in milliseconds, rounded to a thousandth.
pub fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// The first event of a trace.
pub fn first_event(
    task: &breakroom_tasks::task::Task,
    trial: u32,
    agent: &str,
    model: Option<&str>,
) -> TraceEvent {
    TraceEvent::Episode {
        format_version: FORMAT_VERSION,
        task: task.id.clone(),
        trial,
        agent: agent.to_owned(),
        model: model.map(str::to_owned),
        prompt: task.prompt.clone(),
    }
}

/// The path of an episode's trace, relative to the run's folder.
pub fn file_name(task: &breakroom_tasks::task::Task, trial: u32) -> String {
    format!("traces/{}.{trial}.jsonl", task.id)
}

/// A trace as JSON lines.
pub fn to_jsonl(events: &[TraceEvent]) -> String {
    let mut text = String::new();
    for event in events {
        text.push_str(
            &serde_json::to_string(event).expect("events consist of text, numbers and JSON"),
        );
        text.push('\n');
    }
    text
}

/// The milliseconds since `start`.
pub fn milliseconds_since(start: Instant) -> f64 {
    milliseconds(start.elapsed())
}
