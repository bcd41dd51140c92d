//! What a fault does to a reply.

use breakroom_tasks::task::Call;
use serde_json::{Map, Value as Json, json};

use super::call_style::CallStyle;
use super::faults::ReplyFault;
use super::reply_draft::{
    DraftCall, DraftContent, ReplyContext, ReplyDraft, malformed, required, writes,
};
use super::request_error::{RequestError, RequestErrorKind};
use breakroom_model::chat::Message;

/// How many characters a very long text has.
const LONG: usize = 200_000;

/// Characters of every kind: outside the basic plane, joined, combining, right to left, invisible, line ends, private use, and non-characters.
const LETTERS: &str = "Ünïcödé: 😀 👩‍👩‍👧‍👦 🇺🇳 e\u{301}\u{327} עברית العربية \u{202e}backwards\u{202c} 漢字 ไทย हिन्दी 𝔘𝔫𝔦 \u{200b}\u{200d}\u{2060}\u{feff}\u{ad} \u{2028}\u{2029}\u{85}\u{b}\u{c} \u{e000}\u{fffd}\u{ffff}\u{10ffff} \u{1}\u{7f} \\u0041 \" ' ` \\ </s> <|im_end|> {{x}} %s";

/// Applies a fault to a draft; false if it cannot happen here. Faults that affect the whole answer take effect when it is sent.
pub(super) fn apply(fault: ReplyFault, draft: &mut ReplyDraft, scene: &ReplyContext<'_>) -> bool {
    match fault {
        ReplyFault::Cut
        | ReplyFault::RateLimit
        | ReplyFault::ServerError
        | ReplyFault::Timeout
        | ReplyFault::ContextLength => true,
        ReplyFault::EmptyReply => {
            draft.says = DraftContent::Nothing;
            true
        }
        ReplyFault::EarlyAnswer => match draft.says {
            DraftContent::Calls(_) => {
                draft.says = DraftContent::Answer("It is done.".to_owned());
                true
            }
            DraftContent::Answer(_) | DraftContent::Nothing => false,
        },
        ReplyFault::Refusal => {
            draft.refusal = Some("I'm sorry, but I can't help with that.".to_owned());
            true
        }
        ReplyFault::Chatter => chatter(draft, scene),
        _ => match &mut draft.says {
            DraftContent::Calls(calls) if scene.style != CallStyle::Plain => {
                let told = call(fault, calls, scene);
                draft.before = match fault {
                    ReplyFault::LongText => long(),
                    ReplyFault::Unicode => LETTERS.to_owned(),
                    _ => String::new(),
                };
                told
            }
            _ => false,
        },
    }
}

/// The error that a fault gives instead of a reply.
pub(super) fn error(fault: ReplyFault) -> Option<RequestError> {
    let (kind, message) = match fault {
        ReplyFault::RateLimit => (
            RequestErrorKind::RateLimit,
            "too many requests: wait and ask again",
        ),
        ReplyFault::ServerError => (RequestErrorKind::Server, "the server had an error"),
        ReplyFault::ContextLength => (
            RequestErrorKind::TooLong,
            "this model's maximum context length is exceeded",
        ),
        _ => return None,
    };
    Some(RequestError::of(kind, message))
}

/// Applies a fault to calls.
fn call(fault: ReplyFault, calls: &mut Vec<DraftCall>, scene: &ReplyContext<'_>) -> bool {
    let alone = calls.len() == 1;
    let Some(first) = calls.first_mut() else {
        return false;
    };
    match fault {
        ReplyFault::MalformedArguments => first.arguments = malformed(&first.arguments),
        ReplyFault::StringArguments => first.arguments = json!(first.arguments).to_string(),
        ReplyFault::UnknownTool => first.tool.push_str("_v2"),
        ReplyFault::MissingArgument => {
            let required = required(&first.call);
            let given = first.call.arguments.as_object();
            let left_out = required
                .iter()
                .rfind(|name| given.is_some_and(|given| given.contains_key(*name)));
            let Some(left_out) = left_out else {
                return false;
            };
            first.arguments = changed(&first.call, |arguments| {
                arguments.shift_remove(left_out);
            });
        }
        ReplyFault::ExtraArgument => {
            first.arguments = changed(&first.call, |arguments| {
                arguments.insert("confirm_twice".to_owned(), json!(true));
            });
        }
        ReplyFault::TwoCalls => {
            if !alone {
                return true;
            }
            let Some(other) = another(&first.call, scene) else {
                return false;
            };
            calls.push(DraftCall::of(other, &scene.request.tools));
        }
        ReplyFault::RepeatedId => {
            let earlier = scene.request.messages.iter().rev();
            let mut earlier = earlier.filter_map(|message| match message {
                Message::Assistant { calls, .. } => Some(calls.last()?.id.clone()),
                _ => None,
            });
            let (Some(id), CallStyle::Native) = (earlier.next(), scene.style) else {
                return false;
            };
            first.id = Some(id);
        }
        _ => {}
    }
    true
}

fn changed(call: &Call, change: impl FnOnce(&mut Map<String, Json>)) -> String {
    let mut arguments = call.arguments.as_object().cloned().unwrap_or_default();
    change(&mut arguments);
    Json::Object(arguments).to_string()
}

/// A second call that does no harm: the next one of the plan, or a look-up that was made before.
fn another(call: &Call, scene: &ReplyContext<'_>) -> Option<Call> {
    let made = scene.turn.exchanges.iter().rev();
    let mut looks = made
        .filter_map(|exchange| exchange.call.clone())
        .filter(|made| !writes(made));
    let following = scene.following(std::slice::from_ref(call));
    following
        .filter(|next| writes(next) == writes(call))
        .or_else(|| looks.next())
}

/// Puts prose around the JSON: around the arguments of native calls, the action in text, or the answer that has to fit a schema.
fn chatter(draft: &mut ReplyDraft, scene: &ReplyContext<'_>) -> bool {
    const BEFORE: &str = "Sure! Here is what you asked for:";
    const AFTER: &str = "I hope that helps. Let me know if there is anything else!";
    match (&mut draft.says, scene.style) {
        (DraftContent::Calls(calls), CallStyle::Native) => {
            for call in calls {
                call.arguments = format!("{BEFORE}\n{}\n{AFTER}", call.arguments);
            }
            return true;
        }
        (
            DraftContent::Calls(_) | DraftContent::Answer(_),
            CallStyle::Object | CallStyle::Lines(_),
        ) => {}
        (DraftContent::Answer(_), _) if scene.request.schema.is_some() => {}
        _ => return false,
    }
    draft.before = BEFORE.to_owned();
    draft.after = AFTER.to_owned();
    true
}

fn long() -> String {
    let mut text = String::with_capacity(LONG + 100);
    let mut number = 1;
    while text.len() < LONG {
        text.push_str(&format!(
            "Point {number}: I think about this once more, from every side, before I go on. "
        ));
        number += 1;
    }
    text.truncate(LONG);
    text
}
