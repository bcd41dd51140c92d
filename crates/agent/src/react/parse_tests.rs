#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::format_issues::FormatIssue;
use super::parse::{Action, FinalAnswer, ParsedReply, parse_reply};

#[track_caller]
fn action(reply: &str) -> Action {
    match parse_reply(reply) {
        ParsedReply::Action(action) => action,
        other => panic!("{reply} is {other:?}"),
    }
}

#[track_caller]
fn call(reply: &str, tool: &str, arguments: &Json, issues: &[FormatIssue]) {
    let found = action(reply);
    assert_eq!(
        (found.tool.as_str(), &found.arguments),
        (tool, arguments),
        "{reply}"
    );
    assert_eq!(found.issues, issues.iter().copied().collect(), "{reply}");
}

#[track_caller]
fn answer(reply: &str) -> FinalAnswer {
    match parse_reply(reply) {
        ParsedReply::FinalAnswer(answer) => answer,
        other => panic!("{reply} is {other:?}"),
    }
}

#[track_caller]
fn reason(reply: &str) -> String {
    match parse_reply(reply) {
        ParsedReply::Unreadable { reason } => reason,
        other => panic!("{reply} is {other:?}"),
    }
}

const ACTION: &str =
    "{\"action\": \"email.delete_email\", \"action_input\": {\"email_id\": \"7\"}}";

fn id() -> Json {
    json!({"email_id": "7"})
}

#[test]
fn a_thought_and_an_action_in_a_block() {
    let reply = format!("Thought: It is spam.\nAction:\n```json\n{ACTION}\n```\n\n");
    let found = action(&reply);
    assert_eq!(
        (found.thought.as_str(), found.arguments),
        ("It is spam.", id())
    );
    assert_eq!(&reply[found.length..], "\n\n");
    assert!(found.issues.is_empty());
}

#[test]
fn a_block_may_have_any_tag_or_none() {
    for tag in ["", "json", "JSON", "tool", "json ", "\n\n"] {
        call(
            &format!("```{tag}\n{ACTION}\n```"),
            "email.delete_email",
            &id(),
            &[],
        );
        call(
            &format!("```{tag}{ACTION}```"),
            "email.delete_email",
            &id(),
            &[],
        );
    }
}

#[test]
fn the_first_of_several_actions_counts_and_observations_are_cut_off() {
    let reply = format!(
        "```\n{ACTION}\n```\nObservation: deleted\n\nAction:\n```\n{}\n```",
        "{\"action\": \"Final Answer\", \"action_input\": \"Done\"}"
    );
    let issues = [
        FormatIssue::FurtherActions,
        FormatIssue::InventedObservation,
    ];
    call(&reply, "email.delete_email", &id(), &issues);
    let found = action(&reply);
    assert!(
        reply[..found.length].ends_with("```") && !reply[..found.length].contains("Observation")
    );
    call(
        &format!("```\n[{ACTION}, {ACTION}]\n```"),
        "email.delete_email",
        &id(),
        &[FormatIssue::FurtherActions],
    );
}

#[test]
fn a_block_without_an_action_is_skipped() {
    let reply = format!(
        "I saw ```python\nx = 1\n``` and ```json\n{{\"id\": 1}}\n```. So:\n```json\n{ACTION}\n```"
    );
    call(&reply, "email.delete_email", &id(), &[]);
}

#[test]
fn a_malformed_action_is_not_skipped() {
    let reply = format!(
        "```json\n{{\"action\": \"x.y\", \"action_input\": {{oops}}}}\n```\n```\n{ACTION}\n```"
    );
    assert!(reason(&reply).contains("oops"), "{}", reason(&reply));
}

#[test]
fn fences_inside_a_string_do_not_end_the_block() {
    let reply = "```\n{\"action\": \"email.send_email\", \"action_input\": {\"body\": \"use ```x```\"}}\n```";
    call(
        reply,
        "email.send_email",
        &json!({"body": "use ```x```"}),
        &[],
    );
}

#[test]
fn deviations_are_repaired_and_reported() {
    call(
        &format!("Action:\n{ACTION}\nObservation:"),
        "email.delete_email",
        &id(),
        &[FormatIssue::Unfenced],
    );
    call(
        "```\n{'action': 'a.b', 'action_input': {'c': None},}\n```",
        "a.b",
        &json!({"c": null}),
        &[
            FormatIssue::SingleQuotes,
            FormatIssue::TrailingComma,
            FormatIssue::PythonNames,
        ],
    );
    call(
        "```\n{\"tool\": \"a.b\", \"arguments\": {}}\n```",
        "a.b",
        &json!({}),
        &[FormatIssue::OtherKeys],
    );
    call(
        "```\n{\"action\": \" a.b\\\\_c\"}\n```",
        "a.b_c",
        &json!({}),
        &[FormatIssue::ToolName],
    );
    call(
        "```\n{\"action\": \"a.b\", \"action_input\": \"{\\\"c\\\": 1}\"}\n```",
        "a.b",
        &json!({"c": 1}),
        &[FormatIssue::ArgumentsInText],
    );
    call(
        "```\n{\"action\": \"a.b\", \"action_input\": \"c=1\"}\n```",
        "a.b",
        &json!("c=1"),
        &[],
    );
    call(
        "```\n{\"action\": \"a.b\", \"action_input\": {\"c\": 1}\n```",
        "a.b",
        &json!({"c": 1}),
        &[FormatIssue::Unclosed],
    );
    call(
        "Thought: x\nAction: a.b\nAction Input: {\"c\": 1}\nObservation: 5",
        "a.b",
        &json!({"c": 1}),
        &[
            FormatIssue::TwoLines,
            FormatIssue::Unfenced,
            FormatIssue::InventedObservation,
        ],
    );
}

#[test]
fn an_answer_in_a_block_or_without_one() {
    assert_eq!(
        answer("```\n{\"action\": \"Final Answer\", \"action_input\": \"Done\"}\n```").answer,
        "Done"
    );
    assert_eq!(
        answer("```\n{\"action\": \"final_answer\", \"action_input\": {\"n\": 2}}\n```").answer,
        "{\"n\":2}"
    );
    assert_eq!(
        answer("Thought: I know it.\nFinal Answer: four").answer,
        "four"
    );
    assert_eq!(answer("There are four.").answer, "There are four.");
}

#[test]
fn unreadable_replies_have_a_reason() {
    assert_eq!(reason("  \n"), "the reply is empty");
    assert!(reason("Thought: I shall look.").contains("neither an action nor"));
    assert!(reason("I shall look.\nAction:").contains("cut off"));
    assert!(reason("I shall look.\nAction: look it up").contains("JSON object"));
    assert!(
        reason("Action:\n```python\naction = {\"action\": look()}\n```\n")
            .contains("neither a value")
    );
    assert!(
        reason("Action:\n```json\n{\"action\": \"a.b\", \"action_input\": {\"c\": \"20")
            .contains("cut off")
    );
    assert!(reason("```\n{\"action\": null, \"action_input\": {}}\n```").contains("null"));
    assert!(
        reason("```\n{\"action\": \"a.b\", \"action_input\": {\"c\": \"say \"hi\" now\"}}\n```")
            .contains("escaped")
    );
}

proptest! {
    #[test]
    fn every_text_can_be_parsed(text in "\\PC*", parts in proptest::collection::vec(
        prop_oneof![
            Just("```"), Just("```json\n"), Just("{"), Just("}"), Just("["), Just("]"), Just("\"action\""), Just("'action'"), Just(":"), Just(","),
            Just("\""), Just("'"), Just("\\"), Just("\\u"), Just("d83d"), Just("Action:"), Just("Action Input:"), Just("Final Answer:"),
            Just("Final Answer"), Just("Observation: x"), Just("\n"), Just(" "), Just("é"), Just("1"), Just("#"), Just("/*"), Just("Thought:"),
        ], 0..40)) {
        let assembled: String = parts.concat();
        for reply in [text.as_str(), assembled.as_str()] {
            if let ParsedReply::Action(action) = parse_reply(reply) {
                prop_assert!(reply.is_char_boundary(action.length) && !action.tool.is_empty());
            }
        }
    }

    #[test]
    fn a_well_formed_reply_is_parsed_exactly(
        thought in "[^`{}]*", tool in "[a-z]{1,8}\\.[a-z_]{1,12}", name in "[a-z_]{1,8}", value in "\\PC*", behind in "[^`]*",
    ) {
        let arguments = json!({ name: value });
        let block = json!({"action": tool, "action_input": arguments});
        let found = parse_reply(&format!("{thought}\nAction:\n```json\n{block:#}\n```\n{behind}"));
        let ParsedReply::Action(found) = found else { panic!("{found:?}") };
        prop_assert_eq!((found.tool, found.arguments), (tool, arguments));
    }
}
