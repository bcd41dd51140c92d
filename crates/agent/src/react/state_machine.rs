//! The loop of text ReAct as a state machine. It gives out the conversation to send, takes the reply, gives out the call to run, and takes
//! the outcome. It neither asks a model nor calls a tool itself, so live models and recorded replies go through the same code.

use super::format_issues::FormatIssue;
use super::parse::{self, Action, ParsedReply};
use crate::{AgentEnding, ToolOutcome};
use breakroom_model::chat::{Message, StopReason};

/// The model should stop here, because observations come from tools.
pub const STOP_SEQUENCES: [&str; 1] = ["\nObservation"];

/// The loop of one episode.
#[derive(Clone, Debug)]
pub struct ReactLoop {
    messages: Vec<Message>,
    steps_left: usize,
}

/// What follows from a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum ReactStep {
    /// Run this call, then pass its outcome to [`ReactLoop::observe`].
    CallTool(Action),
    /// The reply was unreadable; the reason has been added to the conversation.
    Retry {
        /// What was wrong with it.
        reason: String,
    },
    /// The episode is over.
    End(AgentEnding),
}

impl ReactLoop {
    /// Starts a conversation of these two messages; it takes at most `steps` replies.
    pub fn new(system: String, task: String, steps: usize) -> ReactLoop {
        ReactLoop {
            messages: vec![
                Message::System { text: system },
                Message::User { text: task },
            ],
            steps_left: steps,
        }
    }

    /// The conversation to send to the model; None if no steps are left.
    pub fn request(&self) -> Option<&[Message]> {
        (self.steps_left > 0).then_some(&self.messages)
    }

    /// Takes a reply and why the model stopped.
    pub fn reply(&mut self, text: &str, stop_reason: StopReason) -> ReactStep {
        self.steps_left = self.steps_left.saturating_sub(1);
        match parse::parse_reply(text) {
            ParsedReply::Action(action) => {
                // What the model invented after its action must not become part of the conversation.
                self.push_assistant(&text[..action.length]);
                ReactStep::CallTool(action)
            }
            ParsedReply::FinalAnswer(end)
                if stop_reason == StopReason::Length
                    && end.issues.contains(&FormatIssue::Unfenced) =>
            {
                self.retry(
                    text,
                    "the reply is cut off at the limit of tokens".to_owned(),
                )
            }
            ParsedReply::FinalAnswer(end) => {
                self.push_assistant(text);
                ReactStep::End(AgentEnding::Answered(end.answer))
            }
            ParsedReply::Unreadable { reason } => self.retry(text, reason),
        }
    }

    fn retry(&mut self, text: &str, reason: String) -> ReactStep {
        self.push_assistant(text);
        self.messages.push(Message::User {
            text: format!(
                "Observation: nothing was done, since {reason}. Reply with a thought and one action as a JSON object \
                 {{\"action\": …, \"action_input\": {{…}}}} in a fenced block, or with the final answer in that form."
            ),
        });
        ReactStep::Retry { reason }
    }

    /// Takes the outcome of the last reply's call.
    pub fn observe(&mut self, outcome: &ToolOutcome) {
        self.messages.push(Message::User {
            text: format!("Observation: {}", outcome.text()),
        });
    }

    fn push_assistant(&mut self, text: &str) {
        // Providers reject empty messages.
        let text = if text.trim().is_empty() {
            "…"
        } else {
            text.trim()
        };
        self.messages.push(Message::Assistant {
            text: text.to_owned(),
            calls: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn start(steps: usize) -> ReactLoop {
        ReactLoop::new("rules".into(), "task".into(), steps)
    }

    fn texts(react: &ReactLoop) -> Vec<&str> {
        let texts = react.messages.iter().map(|message| match message {
            Message::System { text } | Message::User { text } | Message::Assistant { text, .. } => {
                text.as_str()
            }
            Message::Results { .. } => "results",
        });
        texts.collect()
    }

    #[test]
    fn an_action_is_followed_by_its_observation_and_an_answer() {
        let mut react = start(5);
        let step = react.reply(
            "```\n{\"action\": \"a.b\", \"action_input\": {}}\n```\nObservation: made up",
            StopReason::End,
        );
        assert!(matches!(step, ReactStep::CallTool(action) if action.tool == "a.b"));
        react.observe(&ToolOutcome::Done(json!(["x"])));
        react.observe(&ToolOutcome::Refused("no".into()));
        assert_eq!(
            texts(&react)[2..],
            [
                "```\n{\"action\": \"a.b\", \"action_input\": {}}\n```",
                "Observation: [\"x\"]",
                "Observation: refused: no"
            ]
        );
        assert_eq!(
            react.reply("Done.", StopReason::End),
            ReactStep::End(AgentEnding::Answered("Done.".into()))
        );
    }

    #[test]
    fn an_unreadable_reply_goes_back_with_the_reason_and_costs_a_step() {
        let mut react = start(2);
        assert!(
            matches!(react.reply("", StopReason::End), ReactStep::Retry { reason } if reason == "the reply is empty")
        );
        assert!(texts(&react)[3].contains("the reply is empty"));
        assert!(react.request().is_some());
        react.reply("Thought: hm", StopReason::End);
        assert!(react.request().is_none());
    }

    #[test]
    fn prose_that_is_cut_off_by_the_token_limit_is_not_an_answer() {
        let mut react = start(3);
        assert!(matches!(
            react.reply("I have seen", StopReason::Length),
            ReactStep::Retry { .. }
        ));
        let whole = "```\n{\"action\": \"Final Answer\", \"action_input\": \"Done\"}\n```\nAnd";
        assert_eq!(
            react.reply(whole, StopReason::Length),
            ReactStep::End(AgentEnding::Answered("Done".into()))
        );
    }
}
