//! What a fault does to a reply.

use breakroom_tasks::task::Call;
use serde_json::{Map, Value as Json, json};

use super::draft::{Draft, DraftCall, Says, Scene, required, writes};
use super::faults::Fault;
use super::forms::{Problem, ProblemKind};
use super::react::Style;
use breakroom_model::chat::Message;

/// Letters of a very long text.
const LONG: usize = 200_000;

/// Letters of every kind: outside of the basic plane, joined, combining, from right to left, invisible, line ends, private, and none at all.
const LETTERS: &str = "Ünïcödé: 😀 👩‍👩‍👧‍👦 🇺🇳 e\u{301}\u{327} עברית العربية \u{202e}backwards\u{202c} 漢字 ไทย हिन्दी 𝔘𝔫𝔦 \u{200b}\u{200d}\u{2060}\u{feff}\u{ad} \u{2028}\u{2029}\u{85}\u{b}\u{c} \u{e000}\u{fffd}\u{ffff}\u{10ffff} \u{1}\u{7f} \\u0041 \" ' ` \\ </s> <|im_end|> {{x}} %s";

/// Changes a draft as a fault does; false where it cannot happen here. What happens to the whole answer is done where that is sent.
pub(super) fn apply(fault: Fault, draft: &mut Draft, scene: &Scene<'_>) -> bool {
    match fault {
        Fault::Cut
        | Fault::RateLimit
        | Fault::ServerError
        | Fault::Timeout
        | Fault::ContextLength => true,
        Fault::EmptyReply => {
            draft.says = Says::Nothing;
            true
        }
        Fault::EarlyAnswer => match draft.says {
            Says::Calls(_) => {
                draft.says = Says::Answer("It is done.".to_owned());
                true
            }
            Says::Answer(_) | Says::Nothing => false,
        },
        Fault::Refusal => {
            draft.refusal = Some("I'm sorry, but I can't help with that.".to_owned());
            true
        }
        Fault::Chatter => chatter(draft, scene),
        _ => match &mut draft.says {
            Says::Calls(calls) if scene.style != Style::Plain => {
                let told = call(fault, calls, scene);
                draft.before = match fault {
                    Fault::LongText => long(),
                    Fault::Unicode => LETTERS.to_owned(),
                    _ => String::new(),
                };
                told
            }
            _ => false,
        },
    }
}

/// What a client is told in place of a reply.
pub(super) fn problem(fault: Fault) -> Option<Problem> {
    let (kind, message) = match fault {
        Fault::RateLimit => (
            ProblemKind::RateLimit,
            "too many requests: wait and ask again",
        ),
        Fault::ServerError => (ProblemKind::Server, "the server had an error"),
        Fault::ContextLength => (
            ProblemKind::TooLong,
            "this model's maximum context length is exceeded",
        ),
        _ => return None,
    };
    Some(Problem::of(kind, message))
}

/// Changes calls.
fn call(fault: Fault, calls: &mut Vec<DraftCall>, scene: &Scene<'_>) -> bool {
    let alone = calls.len() == 1;
    let Some(first) = calls.first_mut() else {
        return false;
    };
    match fault {
        Fault::MalformedArguments => first.arguments = malformed(&first.arguments),
        Fault::StringArguments => first.arguments = json!(first.arguments).to_string(),
        Fault::UnknownTool => first.tool.push_str("_v2"),
        Fault::MissingArgument => {
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
        Fault::ExtraArgument => {
            first.arguments = changed(&first.call, |arguments| {
                arguments.insert("confirm_twice".to_owned(), json!(true));
            });
        }
        Fault::TwoCalls => {
            if !alone {
                return true;
            }
            let Some(other) = another(&first.call, scene) else {
                return false;
            };
            calls.push(DraftCall::of(other, &scene.asked.tools));
        }
        Fault::RepeatedId => {
            let earlier = scene.asked.messages.iter().rev();
            let mut earlier = earlier.filter_map(|message| match message {
                Message::Assistant { calls, .. } => Some(calls.last()?.id.clone()),
                _ => None,
            });
            let (Some(id), Style::Native) = (earlier.next(), scene.style) else {
                return false;
            };
            first.id = Some(id);
        }
        _ => {}
    }
    true
}

/// Arguments without the colon behind the first name, as it is where a model hurries.
pub(super) fn malformed(arguments: &str) -> String {
    let missing = arguments.replacen("\":", "\" ", 1);
    if missing == arguments {
        "{\"".to_owned()
    } else {
        missing
    }
}

fn changed(call: &Call, change: impl FnOnce(&mut Map<String, Json>)) -> String {
    let mut arguments = call.arguments.as_object().cloned().unwrap_or_default();
    change(&mut arguments);
    Json::Object(arguments).to_string()
}

/// A second call that does no harm: the one that would follow, or a look-up that was made before.
fn another(call: &Call, scene: &Scene<'_>) -> Option<Call> {
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
fn chatter(draft: &mut Draft, scene: &Scene<'_>) -> bool {
    const BEFORE: &str = "Sure! Here is what you asked for:";
    const AFTER: &str = "I hope that helps. Let me know if there is anything else!";
    match (&mut draft.says, scene.style) {
        (Says::Calls(calls), Style::Native) => {
            for call in calls {
                call.arguments = format!("{BEFORE}\n{}\n{AFTER}", call.arguments);
            }
            return true;
        }
        (Says::Calls(_) | Says::Answer(_), Style::Object | Style::Lines(_)) => {}
        (Says::Answer(_), _) if scene.asked.schema.is_some() => {}
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
