//! How the client wants calls to be written: natively, or in one of the text forms.

use serde_json::json;

use super::model_request::{ModelRequest, ToolChoice};
use breakroom_model::chat::Message;

/// How calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallStyle {
    /// As native calls.
    Native,
    /// As an object with `action` and `action_input`.
    Object,
    /// As one line for the tool and one for its arguments; the answer follows this label.
    Lines(&'static str),
    /// Not at all: the client does not accept calls.
    Plain,
}

impl CallStyle {
    /// The style that a request asks for: native if it offers tools, and otherwise the one that its instructions show.
    pub(super) fn of(request: &ModelRequest) -> CallStyle {
        if !request.tools.is_empty() && request.choice != ToolChoice::None {
            return CallStyle::Native;
        }
        let says = |words: &str| {
            request.messages.iter().any(|message| match message {
                Message::System { text } | Message::User { text } => text.contains(words),
                _ => false,
            })
        };
        if says("action_input") {
            CallStyle::Object
        } else if says("Action Input:") && says("Final Answer:") {
            CallStyle::Lines("Final Answer:")
        } else if says("Action Input:") {
            CallStyle::Lines("Answer:")
        } else if says("Action:") {
            CallStyle::Object
        } else {
            CallStyle::Plain
        }
    }

    /// A call in text.
    pub(super) fn call(self, tool: &str, arguments: &str) -> String {
        match self {
            CallStyle::Lines(_) => format!("Action: {tool}\nAction Input: {arguments}"),
            _ => format!(
                "Action:\n```json\n{{\"action\": {}, \"action_input\": {arguments}}}\n```",
                json!(tool)
            ),
        }
    }

    /// A thought and the answer, in text.
    pub(super) fn answer(self, thought: &str, answer: &str) -> String {
        match self {
            CallStyle::Lines(word) => format!("Thought: {thought}\n{word} {answer}"),
            CallStyle::Object => format!(
                "Thought: {thought}\n{}",
                self.call("Final Answer", &json!(answer).to_string())
            ),
            CallStyle::Native | CallStyle::Plain => answer.to_owned(),
        }
    }
}

/// A text up to the first stop text in it.
pub(super) fn stopped<'a>(text: &'a str, stop: &[String]) -> &'a str {
    let ends = stop.iter().filter(|stop| !stop.is_empty());
    let end = ends.filter_map(|stop| text.find(stop)).min();
    end.map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(system: &str) -> CallStyle {
        CallStyle::of(&ModelRequest {
            messages: vec![Message::System {
                text: system.to_owned(),
            }],
            ..ModelRequest::default()
        })
    }

    #[test]
    fn the_form_is_the_one_that_the_instructions_show() {
        let prompt = breakroom_agent::react::prompt::system_message(
            "2026-06-11 09:00:00",
            "a@b.example",
            &[],
        );
        assert_eq!(style(&prompt), CallStyle::Object);
        assert_eq!(
            style("Action: tool\nAction Input: {}\nFinal Answer: x"),
            CallStyle::Lines("Final Answer:")
        );
        assert_eq!(
            style("Action: tool\nAction Input: {}\nAnswer: x"),
            CallStyle::Lines("Answer:")
        );
        assert_eq!(style("Be kind."), CallStyle::Plain);
    }

    #[test]
    fn a_text_stops_before_the_first_stop() {
        let stop = ["\nObservation:".to_owned(), String::new(), "b".to_owned()];
        assert_eq!(stopped("a\nObservation: b", &stop), "a");
        assert_eq!(stopped("a", &stop), "a");
    }
}
