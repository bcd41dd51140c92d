//! Reads one reply of a model that writes text ReAct: a thought, then one action as JSON in a fenced block, or a final answer.
//!
//! The first action of a reply is the one that counts; what a model writes behind it, it has made up. Nothing here knows which tools
//! exist.

use serde_json::{Map, Value as Json};

use super::lenient;
use super::marks::{Mark, Marks};

/// What a reply comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Call a tool.
    Action(Action),
    /// The task is done.
    Final(Final),
    /// The reply goes back with this reason.
    Unreadable {
        /// What is wrong with it, for the model to mend.
        reason: String,
    },
}

/// A call that a reply asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The tool's name as the model wrote it.
    pub tool: String,
    /// Its arguments: an object, unless the model gave something else.
    pub arguments: Json,
    /// What the model wrote before.
    pub thought: String,
    /// The part of the reply that ends with the action, in bytes.
    pub length: usize,
    /// What was mended.
    pub marks: Marks,
}

/// An answer that ends the episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Final {
    /// What the model says to the user.
    pub answer: String,
    /// What was mended.
    pub marks: Marks,
}

const FENCE: &str = "```";

/// What shows that a block is meant as an action, although it cannot be read.
const MEANT: [&str; 6] = [
    "\"action\"",
    "'action'",
    "action:",
    "input\"",
    "\"tool\"",
    "'tool'",
];

/// Reads a reply. Any text is one of the three.
pub fn step(reply: &str) -> Step {
    if let Some(step) = fenced(reply) {
        return step;
    }
    if let Some(step) = two_lines(reply) {
        return step;
    }
    if let Some(start) = unfenced(reply) {
        return match at(reply, start) {
            Some(Ok(found)) => found.step(reply, start, Marks::from([Mark::Unfenced])),
            Some(Err(reason)) => Step::Unreadable { reason },
            None => unreadable("the JSON object is no action"),
        };
    }
    plain(reply)
}

fn unreadable(reason: &str) -> Step {
    Step::Unreadable {
        reason: reason.to_owned(),
    }
}

/// An action that JSON holds.
struct Found {
    tool: String,
    arguments: Json,
    end: usize,
    marks: Marks,
}

impl Found {
    /// The step that it is, in a reply in which its block starts at `start`.
    fn step(mut self, reply: &str, start: usize, marks: Marks) -> Step {
        self.marks.extend(marks);
        if is_final(&self.tool) {
            if self.tool != "Final Answer" {
                self.marks.insert(Mark::FinalSpelling);
            }
            let answer = match self.arguments {
                Json::String(text) => text,
                Json::Null => String::new(),
                Json::Object(object) if object.is_empty() => String::new(),
                other => other.to_string(),
            };
            return Step::Final(Final {
                answer,
                marks: self.marks,
            });
        }
        // The closing fence belongs to the action.
        let behind = &reply[self.end..];
        let closing = behind.len() - behind.trim_start().len() + FENCE.len();
        let fenced =
            behind.trim_start().starts_with(FENCE) && !self.marks.contains(&Mark::Unfenced);
        let length = self.end + if fenced { closing } else { 0 };
        let invented = &reply[length..];
        if lines(invented)
            .any(|line| line.starts_with("Observation") && line.len() > "Observation:".len())
        {
            self.marks.insert(Mark::InventedObservation);
        }
        if invented.contains(FENCE) && invented.contains("\"action\"") {
            self.marks.insert(Mark::FurtherActions);
        }
        Step::Action(Action {
            tool: self.tool,
            arguments: self.arguments,
            thought: thought(&reply[..start]),
            length,
            marks: self.marks,
        })
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim)
}

/// What stands before an action, without the words of the form.
fn thought(before: &str) -> String {
    let before = before.trim().trim_end_matches("Action:").trim();
    before
        .strip_prefix("Thought:")
        .unwrap_or(before)
        .trim()
        .to_owned()
}

/// Whether a tool's name says that this is the answer, in whatever spelling.
fn is_final(tool: &str) -> bool {
    let letters = tool
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase);
    letters.eq("finalanswer".chars())
}

/// The first fenced block that holds an action. One that begins like an action and cannot be read is not passed over: the model
/// meant it to come first.
fn fenced(reply: &str) -> Option<Step> {
    let mut from = 0;
    while let Some(found) = reply[from..].find(FENCE) {
        let fence = from + found;
        let inside = fence + FENCE.len();
        let rest = &reply[inside..];
        // A word such as `json` may follow the fence.
        let tagged =
            rest.trim_start_matches(|tag: char| tag.is_alphanumeric() || tag == '_' || tag == '-');
        let content = tagged.trim_start();
        let start = inside + rest.len() - content.len();
        from = inside;
        if !content.starts_with(['{', '[']) {
            continue;
        }
        match at(reply, start) {
            Some(Ok(found)) => return Some(found.step(reply, fence, Marks::new())),
            Some(Err(reason)) => return Some(Step::Unreadable { reason }),
            None => {}
        }
    }
    None
}

/// Reads the JSON at `start`: None where it is no action, an error where it is meant as one and cannot be read.
fn at(reply: &str, start: usize) -> Option<Result<Found, String>> {
    let text = &reply[start..];
    match lenient::read(text) {
        Ok(read) => {
            let mut marks = read.marks;
            let object = match read.value {
                Json::Object(object) => object,
                Json::Array(items) => {
                    if items.len() > 1 {
                        marks.insert(Mark::FurtherActions);
                    }
                    items.into_iter().next()?.as_object()?.clone()
                }
                _ => return None,
            };
            let found = action(object, &mut marks)?;
            Some(found.map(|(tool, arguments)| Found {
                tool,
                arguments,
                end: start + read.length,
                marks,
            }))
        }
        Err(reason) => {
            let block = &text[..text.find(FENCE).unwrap_or(text.len())];
            let meant = MEANT.iter().any(|key| block.contains(key));
            meant.then(|| Err(format!("the action is no JSON: {reason}")))
        }
    }
}

/// Names of the tool and of its arguments that models use; the first of each is the form that is asked for.
const TOOL_KEYS: [&str; 3] = ["action", "tool", "name"];
const ARGUMENT_KEYS: [&str; 6] = [
    "action_input",
    "arguments",
    "args",
    "parameters",
    "input",
    "tool_input",
];

/// The tool and the arguments of an object; None where it is no action.
fn action(
    mut object: Map<String, Json>,
    marks: &mut Marks,
) -> Option<Result<(String, Json), String>> {
    let has = |key: &&&str| object.contains_key(**key);
    let tool_key = *TOOL_KEYS.iter().find(has)?;
    let arguments_key = ARGUMENT_KEYS.iter().find(has).copied();
    // Other keys are too common in data to mean an action one at a time.
    if tool_key != TOOL_KEYS[0] && arguments_key.is_none() {
        return None;
    }
    if tool_key != TOOL_KEYS[0] || arguments_key.is_some_and(|key| key != ARGUMENT_KEYS[0]) {
        marks.insert(Mark::OtherKeys);
    }
    let written = match object.remove(tool_key)? {
        Json::String(name) => name,
        other => {
            return Some(Err(format!(
                "{tool_key:?} is {other}: write the name of a tool, or Final Answer"
            )));
        }
    };
    let tool = written.trim().replace('\\', "");
    if tool != written {
        marks.insert(Mark::ToolName);
    }
    if tool.is_empty() {
        return Some(Err(format!(
            "{tool_key:?} is empty: write the name of a tool, or Final Answer"
        )));
    }
    let mut arguments = match arguments_key.and_then(|key| object.remove(key)) {
        Some(arguments) => arguments,
        None => Json::Object(Map::new()),
    };
    if !is_final(&tool)
        && let Some(held) = held(&arguments)
    {
        marks.insert(Mark::ArgumentsInText);
        arguments = held;
    }
    Some(Ok((tool, arguments)))
}

/// The object that arguments given as text hold.
fn held(arguments: &Json) -> Option<Json> {
    let text = arguments.as_str()?.trim();
    let read = lenient::read(text).ok()?;
    (read.value.is_object() && read.length == text.len()).then_some(read.value)
}

/// Where an object begins whose first key is that of an action, outside of a block.
fn unfenced(reply: &str) -> Option<usize> {
    reply.char_indices().map(|(index, _)| index).find(|index| {
        let rest = &reply[*index..];
        rest.strip_prefix('{').is_some_and(|inside| {
            let key = inside.trim_start();
            key.starts_with("\"action\"") || key.starts_with("'action'")
        })
    })
}

/// `Action: NAME` and `Action Input: {…}`, the form of the paper.
fn two_lines(reply: &str) -> Option<Step> {
    let input = reply.find("Action Input:")?;
    let action = reply[..input].rfind("Action:")?;
    let tool = reply[action + "Action:".len()..input]
        .trim()
        .trim_matches(['`', '"', '[', ']']);
    if tool.is_empty() || tool.contains('\n') {
        return None;
    }
    let behind = &reply[input + "Action Input:".len()..];
    let start = reply.len() - behind.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let (arguments, end, mut marks) = if reply[start..].starts_with('{') {
        match lenient::read(&reply[start..]) {
            Ok(read) => (read.value, start + read.length, read.marks),
            Err(reason) => {
                return Some(Step::Unreadable {
                    reason: format!("the action input is no JSON: {reason}"),
                });
            }
        }
    } else {
        let end = start + reply[start..].find('\n').unwrap_or(reply.len() - start);
        let text = reply[start..end].trim().trim_matches('"');
        (Json::String(text.to_owned()), end, Marks::new())
    };
    marks.extend([Mark::TwoLines, Mark::Unfenced]);
    let found = Found {
        tool: tool.to_owned(),
        arguments,
        end,
        marks,
    };
    Some(found.step(reply, action, Marks::new()))
}

/// A reply without any action.
fn plain(reply: &str) -> Step {
    let text = reply.trim();
    if let Some(found) = text.rfind("Final Answer:") {
        return Step::Final(Final {
            answer: text[found + "Final Answer:".len()..].trim().to_owned(),
            marks: Marks::from([Mark::Unfenced]),
        });
    }
    let last = text.lines().next_back().unwrap_or_default().trim();
    if text.is_empty() {
        unreadable("the reply is empty")
    } else if last == "Action:" || last.starts_with(FENCE) && text.matches(FENCE).count() % 2 == 1 {
        unreadable("the reply is cut off before the action")
    } else if lines(text).any(|line| line.starts_with("Action:")) {
        unreadable("there is an action, but not as a JSON object in a fenced block")
    } else if text.starts_with("Thought:") {
        unreadable("there is a thought, but neither an action nor a final answer")
    } else {
        Step::Final(Final {
            answer: text.to_owned(),
            marks: Marks::from([Mark::Unfenced]),
        })
    }
}
