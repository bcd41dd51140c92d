//! Parses one reply in text ReAct: a thought, then one action as JSON in a fenced block, or a final answer.
//!
//! The first action of a reply counts; whatever follows it was invented by the model. Nothing here knows which tools exist.

use serde_json::{Map, Value as Json};

use super::format_issues::{FormatIssue, FormatIssues};
use super::json_repair;

/// A parsed reply.
#[derive(Clone, Debug, PartialEq)]
pub enum ParsedReply {
    /// Call a tool.
    Action(Action),
    /// The task is done.
    FinalAnswer(FinalAnswer),
    /// The reply is unreadable and goes back to the model.
    Unreadable {
        /// What is wrong with it, for the model to correct.
        reason: String,
    },
}

/// A tool call in a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The tool's name as the model wrote it.
    pub tool: String,
    /// Its arguments: an object, unless the model wrote something else.
    pub arguments: Json,
    /// What the model wrote before it.
    pub thought: String,
    /// The length of the reply up to the end of the action, in bytes.
    pub length: usize,
    /// How the reply deviates from the format.
    pub issues: FormatIssues,
}

/// An answer, which ends the episode.
#[derive(Clone, Debug, PartialEq)]
pub struct FinalAnswer {
    /// The text for the user.
    pub answer: String,
    /// How the reply deviates from the format.
    pub issues: FormatIssues,
}

const FENCE: &str = "```";

/// Texts that show that a block is meant as an action, although it is malformed.
const ACTION_HINTS: [&str; 6] = [
    "\"action\"",
    "'action'",
    "action:",
    "input\"",
    "\"tool\"",
    "'tool'",
];

/// Parses a reply. Every text is one of the three variants.
pub fn parse_reply(reply: &str) -> ParsedReply {
    if let Some(parsed) = fenced(reply) {
        return parsed;
    }
    if let Some(parsed) = two_lines(reply) {
        return parsed;
    }
    if let Some(start) = unfenced(reply) {
        return match action_at(reply, start) {
            Some(Ok(found)) => {
                found.into_parsed_reply(reply, start, FormatIssues::from([FormatIssue::Unfenced]))
            }
            Some(Err(reason)) => ParsedReply::Unreadable { reason },
            None => unreadable("the JSON object is no action"),
        };
    }
    without_action(reply)
}

fn unreadable(reason: &str) -> ParsedReply {
    ParsedReply::Unreadable {
        reason: reason.to_owned(),
    }
}

/// An action in JSON, before it is known to be a call or the final answer.
struct ActionJson {
    tool: String,
    arguments: Json,
    end: usize,
    issues: FormatIssues,
}

impl ActionJson {
    /// Converts it, given that its block starts at `start` of the reply.
    fn into_parsed_reply(mut self, reply: &str, start: usize, issues: FormatIssues) -> ParsedReply {
        self.issues.extend(issues);
        if is_final(&self.tool) {
            if self.tool != "Final Answer" {
                self.issues.insert(FormatIssue::FinalSpelling);
            }
            let answer = match self.arguments {
                Json::String(text) => text,
                Json::Null => String::new(),
                Json::Object(object) if object.is_empty() => String::new(),
                other => other.to_string(),
            };
            return ParsedReply::FinalAnswer(FinalAnswer {
                answer,
                issues: self.issues,
            });
        }
        // The closing fence belongs to the action.
        let behind = &reply[self.end..];
        let closing = behind.len() - behind.trim_start().len() + FENCE.len();
        let fenced =
            behind.trim_start().starts_with(FENCE) && !self.issues.contains(&FormatIssue::Unfenced);
        let length = self.end + if fenced { closing } else { 0 };
        let invented = &reply[length..];
        if lines(invented)
            .any(|line| line.starts_with("Observation") && line.len() > "Observation:".len())
        {
            self.issues.insert(FormatIssue::InventedObservation);
        }
        if invented.contains(FENCE) && invented.contains("\"action\"") {
            self.issues.insert(FormatIssue::FurtherActions);
        }
        ParsedReply::Action(Action {
            tool: self.tool,
            arguments: self.arguments,
            thought: thought(&reply[..start]),
            length,
            issues: self.issues,
        })
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim)
}

/// The text before an action, without the labels of the format.
fn thought(before: &str) -> String {
    let before = before.trim().trim_end_matches("Action:").trim();
    before
        .strip_prefix("Thought:")
        .unwrap_or(before)
        .trim()
        .to_owned()
}

/// Whether a tool's name means the final answer, in any spelling.
fn is_final(tool: &str) -> bool {
    let letters = tool
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase);
    letters.eq("finalanswer".chars())
}

/// Parses the first fenced block that holds an action. A malformed block that is meant as an action is not skipped, because the model
/// wanted it to run first.
fn fenced(reply: &str) -> Option<ParsedReply> {
    let mut from = 0;
    while let Some(found) = reply[from..].find(FENCE) {
        let fence = from + found;
        let inside = fence + FENCE.len();
        let rest = &reply[inside..];
        // A tag such as `json` may follow the fence.
        let tagged =
            rest.trim_start_matches(|tag: char| tag.is_alphanumeric() || tag == '_' || tag == '-');
        let content = tagged.trim_start();
        let start = inside + rest.len() - content.len();
        from = inside;
        if !content.starts_with(['{', '[']) {
            continue;
        }
        match action_at(reply, start) {
            Some(Ok(found)) => {
                return Some(found.into_parsed_reply(reply, fence, FormatIssues::new()));
            }
            Some(Err(reason)) => return Some(ParsedReply::Unreadable { reason }),
            None => {}
        }
    }
    None
}

/// Parses the JSON at `start`: None if it is not an action, an error if it is meant as one but is malformed.
fn action_at(reply: &str, start: usize) -> Option<Result<ActionJson, String>> {
    let text = &reply[start..];
    match json_repair::parse(text) {
        Ok(parsed) => {
            let mut issues = parsed.issues;
            let object = match parsed.value {
                Json::Object(object) => object,
                Json::Array(items) => {
                    if items.len() > 1 {
                        issues.insert(FormatIssue::FurtherActions);
                    }
                    items.into_iter().next()?.as_object()?.clone()
                }
                _ => return None,
            };
            let found = action(object, &mut issues)?;
            Some(found.map(|(tool, arguments)| ActionJson {
                tool,
                arguments,
                end: start + parsed.length,
                issues,
            }))
        }
        Err(reason) => {
            let block = &text[..text.find(FENCE).unwrap_or(text.len())];
            let is_meant = ACTION_HINTS.iter().any(|key| block.contains(key));
            is_meant.then(|| Err(format!("the action is no JSON: {reason}")))
        }
    }
}

/// The keys that models use for the tool and its arguments. The first of each is what the prompt asks for.
const TOOL_KEYS: [&str; 3] = ["action", "tool", "name"];
const ARGUMENT_KEYS: [&str; 6] = [
    "action_input",
    "arguments",
    "args",
    "parameters",
    "input",
    "tool_input",
];

/// The tool and the arguments of an object; None if it is not an action.
fn action(
    mut object: Map<String, Json>,
    issues: &mut FormatIssues,
) -> Option<Result<(String, Json), String>> {
    let has = |key: &&&str| object.contains_key(**key);
    let tool_key = *TOOL_KEYS.iter().find(has)?;
    let arguments_key = ARGUMENT_KEYS.iter().find(has).copied();
    // Other keys are too common in data: one of them alone does not mean an action.
    if tool_key != TOOL_KEYS[0] && arguments_key.is_none() {
        return None;
    }
    if tool_key != TOOL_KEYS[0] || arguments_key.is_some_and(|key| key != ARGUMENT_KEYS[0]) {
        issues.insert(FormatIssue::OtherKeys);
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
        issues.insert(FormatIssue::ToolName);
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
        && let Some(object) = object_in_text(&arguments)
    {
        issues.insert(FormatIssue::ArgumentsInText);
        arguments = object;
    }
    Some(Ok((tool, arguments)))
}

/// The object that is contained in arguments given as text.
fn object_in_text(arguments: &Json) -> Option<Json> {
    let text = arguments.as_str()?.trim();
    let parsed = json_repair::parse(text).ok()?;
    (parsed.value.is_object() && parsed.length == text.len()).then_some(parsed.value)
}

/// The start of an object outside of a block whose first key is that of an action.
fn unfenced(reply: &str) -> Option<usize> {
    reply.char_indices().map(|(index, _)| index).find(|index| {
        let rest = &reply[*index..];
        rest.strip_prefix('{').is_some_and(|inside| {
            let key = inside.trim_start();
            key.starts_with("\"action\"") || key.starts_with("'action'")
        })
    })
}

/// Parses `Action: NAME` and `Action Input: {…}`, the format of the paper.
fn two_lines(reply: &str) -> Option<ParsedReply> {
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
    let (arguments, end, mut issues) = if reply[start..].starts_with('{') {
        match json_repair::parse(&reply[start..]) {
            Ok(parsed) => (parsed.value, start + parsed.length, parsed.issues),
            Err(reason) => {
                return Some(ParsedReply::Unreadable {
                    reason: format!("the action input is no JSON: {reason}"),
                });
            }
        }
    } else {
        let end = start + reply[start..].find('\n').unwrap_or(reply.len() - start);
        let text = reply[start..end].trim().trim_matches('"');
        (Json::String(text.to_owned()), end, FormatIssues::new())
    };
    issues.extend([FormatIssue::TwoLines, FormatIssue::Unfenced]);
    let found = ActionJson {
        tool: tool.to_owned(),
        arguments,
        end,
        issues,
    };
    Some(found.into_parsed_reply(reply, action, FormatIssues::new()))
}

/// Parses a reply without any action.
fn without_action(reply: &str) -> ParsedReply {
    let text = reply.trim();
    if let Some(found) = text.rfind("Final Answer:") {
        return ParsedReply::FinalAnswer(FinalAnswer {
            answer: text[found + "Final Answer:".len()..].trim().to_owned(),
            issues: FormatIssues::from([FormatIssue::Unfenced]),
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
        ParsedReply::FinalAnswer(FinalAnswer {
            answer: text.to_owned(),
            issues: FormatIssues::from([FormatIssue::Unfenced]),
        })
    }
}
