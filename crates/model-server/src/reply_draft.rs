//! From a policy's move to a reply. In between, a fault can change the draft.

use breakroom_tasks::task::Call;
use breakroom_tools::native;
use serde_json::Value as Json;

use super::call_style::{CallStyle, stopped};
use super::model_reply::{ModelReply, ReplyCall};
use super::model_request::{ModelRequest, ToolChoice};
use super::structured::fill;
use breakroom_model::chat::ToolSpec;
use breakroom_policy::PolicyAction;
use breakroom_policy::model::{PolicyModel, PolicyTurn, offered_name};

/// Tools through which frameworks receive the answer.
const ANSWER_TOOLS: [&str; 6] = [
    "final_answer",
    "final_result",
    "submit",
    "submit_answer",
    "finish",
    "task_complete",
];

/// A reply that a fault may still change.
#[derive(Clone, Debug)]
pub(super) struct ReplyDraft {
    /// Text before everything else.
    pub(super) before: String,
    /// The model's thought.
    pub(super) thought: String,
    /// What is done.
    pub(super) says: DraftContent,
    /// Text after everything else.
    pub(super) after: String,
    /// The model's refusal. If there is one, there is nothing else.
    pub(super) refusal: Option<String>,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum DraftContent {
    Calls(Vec<DraftCall>),
    Answer(String),
    Nothing,
}

/// A call in a draft.
#[derive(Clone, Debug)]
pub(super) struct DraftCall {
    /// The call that the policy chose.
    pub(super) call: Call,
    /// The tool as the client names it.
    pub(super) tool: String,
    /// The text of the arguments.
    pub(super) arguments: String,
    /// An id to use instead of a new one.
    pub(super) id: Option<String>,
}

impl DraftCall {
    /// A call without a mistake.
    pub(super) fn of(call: Call, tools: &[ToolSpec]) -> DraftCall {
        DraftCall {
            tool: offered_name(tools, &call.tool),
            arguments: call.arguments.to_string(),
            call,
            id: None,
        }
    }
}

/// Everything that a reply is made from.
pub(super) struct ReplyContext<'a> {
    pub(super) model: &'a PolicyModel,
    pub(super) turn: &'a PolicyTurn<'a>,
    pub(super) request: &'a ModelRequest,
    pub(super) style: CallStyle,
    /// How many calls one reply may have.
    pub(super) most_calls: usize,
}

impl ReplyContext<'_> {
    /// The reply that the policy intends.
    pub(super) fn draft(&self) -> ReplyDraft {
        let tools = &self.request.tools;
        let says = match &self.turn.next {
            PolicyAction::Answer(answer) => DraftContent::Answer(answer.clone()),
            PolicyAction::Call(call) => {
                let calls = self.together(call).into_iter();
                DraftContent::Calls(calls.map(|call| DraftCall::of(call, tools)).collect())
            }
            PolicyAction::MalformedCall(call) => {
                let mut garbled = DraftCall::of(call.clone(), tools);
                garbled.arguments = malformed(&garbled.arguments);
                DraftContent::Calls(vec![garbled])
            }
        };
        ReplyDraft {
            before: String::new(),
            thought: self.turn.thought(),
            says,
            after: String::new(),
            refusal: None,
        }
    }

    /// The calls that can be made at once: this one, and further changes whose arguments are already known.
    fn together(&self, call: &Call) -> Vec<Call> {
        let mut calls = vec![call.clone()];
        let most = if self.request.one_call || self.style != CallStyle::Native {
            1
        } else {
            self.most_calls
        };
        while calls.len() < most && writes(&calls[calls.len() - 1]) {
            match self.following(&calls) {
                Some(next) if writes(&next) => calls.push(next),
                _ => break,
            }
        }
        calls
    }

    /// The call that comes after these, whatever they return.
    pub(super) fn following(&self, calls: &[Call]) -> Option<Call> {
        match self.model.after(self.turn, calls, self.request.seed) {
            PolicyAction::Call(next) if !calls.contains(&next) => Some(next),
            _ => None,
        }
    }

    /// Turns a draft into a reply in the client's style. The ids of calls come from `name`.
    pub(super) fn reply(&self, draft: ReplyDraft, name: impl Fn(&str) -> String) -> ModelReply {
        let says = self.fitted(draft.says, &draft.thought);
        let mut reply = ModelReply {
            refusal: draft.refusal,
            ..ModelReply::default()
        };
        if reply.refusal.is_some() {
            return reply;
        }
        let middle = match (says, self.style) {
            (DraftContent::Nothing, _) => return reply,
            (DraftContent::Answer(answer), style) => style.answer(&draft.thought, &answer),
            (DraftContent::Calls(calls), CallStyle::Native) => {
                let calls = calls.into_iter().enumerate();
                reply.calls = calls
                    .map(|(number, call)| ReplyCall {
                        id: call
                            .id
                            .unwrap_or_else(|| format!("call_{}", name(&number.to_string()))),
                        tool: call.tool,
                        arguments: call.arguments,
                    })
                    .collect();
                draft.thought
            }
            (DraftContent::Calls(calls), CallStyle::Plain) => {
                let tools: Vec<String> = calls.into_iter().map(|call| call.tool).collect();
                format!(
                    "I would call {} now, and no tools are offered to me.",
                    tools.join(", ")
                )
            }
            (DraftContent::Calls(calls), style) => {
                let calls = calls
                    .iter()
                    .map(|call| style.call(&call.tool, &call.arguments));
                let calls: Vec<String> = calls.collect();
                format!("Thought: {}\n{}", draft.thought, calls.join("\n"))
            }
        };
        let parts = [draft.before, middle, draft.after];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let text = parts.join("\n\n");
        reply.text = stopped(&text, &self.request.stop).to_owned();
        reply
    }

    /// Gives the answer as the client wants it: through a tool, or fitting a schema. If the client demands a call of one tool, it gets that call.
    fn fitted(&self, says: DraftContent, thought: &str) -> DraftContent {
        let request = self.request;
        if self.style == CallStyle::Native
            && let ToolChoice::Named(name) = &request.choice
            && let Some(tool) = request.tools.iter().find(|tool| tool.name == *name)
        {
            match &says {
                DraftContent::Calls(calls) if calls.iter().all(|call| call.tool == *name) => {
                    return says;
                }
                DraftContent::Nothing => return says,
                DraftContent::Calls(_) => return told(tool, thought),
                DraftContent::Answer(answer) => return told(tool, answer),
            }
        }
        let DraftContent::Answer(answer) = says else {
            return says;
        };
        let by = request.tools.iter().find(|tool| takes_answers(&tool.name));
        if self.style == CallStyle::Native
            && let Some(tool) = by
            && !self.was_called(&tool.name)
        {
            return told(tool, &answer);
        }
        match &request.schema {
            Some(schema) => DraftContent::Answer(fill(schema, &answer).to_string()),
            None => DraftContent::Answer(answer),
        }
    }

    fn was_called(&self, tool: &str) -> bool {
        let calls = self
            .turn
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.call.as_ref());
        let mut ran = calls
            .zip(&self.turn.exchanges)
            .filter(|(_, exchange)| exchange.result.is_ok());
        ran.any(|(call, _)| call.tool == tool)
    }
}

/// Calls a tool with a text.
fn told(tool: &ToolSpec, words: &str) -> DraftContent {
    let arguments = fill(&tool.schema, words);
    DraftContent::Calls(vec![DraftCall {
        tool: tool.name.clone(),
        arguments: arguments.to_string(),
        call: Call {
            tool: tool.name.clone(),
            arguments,
        },
        id: None,
    }])
}

fn takes_answers(name: &str) -> bool {
    ANSWER_TOOLS.contains(&name) || name.starts_with("final_result_")
}

/// Whether a call's tool writes.
pub(super) fn writes(call: &Call) -> bool {
    native::find(&call.tool).is_ok_and(|tool| tool.writes())
}

/// The names of a call's required arguments.
pub(super) fn required(call: &Call) -> Vec<String> {
    let schema = native::find(&call.tool).map(|tool| tool.schema.clone());
    let schema = schema.unwrap_or_default();
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Arguments without the first colon, a mistake that real models make.
pub(super) fn malformed(arguments: &str) -> String {
    let missing = arguments.replacen("\":", "\" ", 1);
    if missing == arguments {
        "{\"".to_owned()
    } else {
        missing
    }
}
