//! The loop of text ReAct as a state machine: it says what to ask, takes a reply, says what to call, and takes what the call came to.
//! It knows neither where replies come from nor where calls go, so a live model and a recorded one go through the same code.

use super::marks::Mark;
use super::parse::{self, Action, Step};
use crate::{Ending, ToolOutcome};
use breakroom_model::chat::{Message, Stopped};

/// Before these a model should stop: what follows is the tools' to say.
pub const STOP: [&str; 1] = ["\nObservation"];

/// One episode's conversation.
#[derive(Clone, Debug)]
pub struct React {
    messages: Vec<Message>,
    left: usize,
}

/// What a reply came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Run this call and [`React::observe`] what it came to.
    Call(Action),
    /// The reply could not be read; the reason is part of the conversation now.
    Again {
        /// What was wrong with it.
        reason: String,
    },
    /// The episode is over.
    End(Ending),
}

impl React {
    /// A conversation that begins with these two messages and takes at most `steps` replies.
    pub fn new(system: String, task: String, steps: usize) -> React {
        React {
            messages: vec![
                Message::System { text: system },
                Message::User { text: task },
            ],
            left: steps,
        }
    }

    /// The conversation to send to the model; None when no steps are left.
    pub fn request(&self) -> Option<&[Message]> {
        (self.left > 0).then_some(&self.messages)
    }

    /// Takes a reply, and why it ended.
    pub fn reply(&mut self, text: &str, stopped: Stopped) -> Turn {
        self.left = self.left.saturating_sub(1);
        match parse::step(text) {
            Step::Action(action) => {
                // What the model made up behind its action never becomes part of what it remembers.
                self.say(&text[..action.length]);
                Turn::Call(action)
            }
            Step::Final(end)
                if stopped == Stopped::Length && end.marks.contains(&Mark::Unfenced) =>
            {
                self.again(
                    text,
                    "the reply is cut off at the limit of tokens".to_owned(),
                )
            }
            Step::Final(end) => {
                self.say(text);
                Turn::End(Ending::Answered(end.answer))
            }
            Step::Unreadable { reason } => self.again(text, reason),
        }
    }

    fn again(&mut self, text: &str, reason: String) -> Turn {
        self.say(text);
        self.messages.push(Message::User {
            text: format!(
                "Observation: nothing was done, since {reason}. Reply with a thought and one action as a JSON object \
                 {{\"action\": …, \"action_input\": {{…}}}} in a fenced block, or with the final answer in that form."
            ),
        });
        Turn::Again { reason }
    }

    /// Takes what the call of the last reply came to.
    pub fn observe(&mut self, outcome: &ToolOutcome) {
        self.messages.push(Message::User {
            text: format!("Observation: {}", outcome.text()),
        });
    }

    fn say(&mut self, text: &str) {
        // Providers refuse empty messages.
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

    fn start(steps: usize) -> React {
        React::new("rules".into(), "task".into(), steps)
    }

    fn texts(react: &React) -> Vec<&str> {
        let texts = react.messages.iter().map(|message| match message {
            Message::System { text } | Message::User { text } | Message::Assistant { text, .. } => {
                text.as_str()
            }
            Message::Results { .. } => "results",
        });
        texts.collect()
    }

    #[test]
    fn an_action_its_observation_and_an_answer() {
        let mut react = start(5);
        let turn = react.reply(
            "```\n{\"action\": \"a.b\", \"action_input\": {}}\n```\nObservation: made up",
            Stopped::End,
        );
        assert!(matches!(turn, Turn::Call(action) if action.tool == "a.b"));
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
            react.reply("Done.", Stopped::End),
            Turn::End(Ending::Answered("Done.".into()))
        );
    }

    #[test]
    fn an_unreadable_reply_goes_back_with_the_reason_and_takes_a_step() {
        let mut react = start(2);
        assert!(
            matches!(react.reply("", Stopped::End), Turn::Again { reason } if reason == "the reply is empty")
        );
        assert!(texts(&react)[3].contains("the reply is empty"));
        assert!(react.request().is_some());
        react.reply("Thought: hm", Stopped::End);
        assert!(react.request().is_none());
    }

    #[test]
    fn prose_that_the_limit_of_tokens_cut_is_no_answer() {
        let mut react = start(3);
        assert!(matches!(
            react.reply("I have seen", Stopped::Length),
            Turn::Again { .. }
        ));
        let whole = "```\n{\"action\": \"Final Answer\", \"action_input\": \"Done\"}\n```\nAnd";
        assert_eq!(
            react.reply(whole, Stopped::Length),
            Turn::End(Ending::Answered("Done".into()))
        );
    }
}
