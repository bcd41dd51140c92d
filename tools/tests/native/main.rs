//! The native tools through the public API. `databases` tests each of them; this file tests what they have in common.
#![allow(clippy::unwrap_used, clippy::panic)]

mod databases;
mod exports;

use breakroom_sandbox::export::databases;
use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use breakroom_tools::native::{CallError, call, catalog, find};
use breakroom_tools::session::{Dialect, from_raw_json};
use serde_json::{Value as Json, json};

struct TestSession(Session);

impl TestSession {
    fn open() -> TestSession {
        TestSession(Session::open(&World::office()).unwrap())
    }

    fn ok(&mut self, tool: &str, arguments: Json) -> Json {
        let result = call(&mut self.0, tool, &arguments);
        from_raw_json(&result.unwrap_or_else(|failure| panic!("{tool} {arguments}: {failure}")))
    }

    /// Makes a call that must be refused and must not change a byte, and returns the refusal.
    fn refused(&mut self, tool: &str, arguments: Json) -> String {
        let before = databases(&self.0).unwrap();
        let message = match call(&mut self.0, tool, &arguments) {
            Err(CallError::Refusal(refusal)) => refusal.to_string(),
            other => panic!("{tool} {arguments} is not refused: {other:?}"),
        };
        assert_eq!(databases(&self.0).unwrap(), before);
        message
    }

    fn changes(&self) -> Vec<Json> {
        self.0
            .changes()
            .unwrap()
            .iter()
            .map(breakroom_sandbox::changes::RowChange::to_json)
            .collect()
    }
}

#[test]
fn there_are_26_tools_and_the_directory_and_each_says_what_it_takes() {
    assert_eq!(catalog().len(), 26 + 1);
    for tool in catalog() {
        assert!(!tool.description.is_empty(), "{}", tool.name);
        assert_eq!(
            tool.schema["additionalProperties"],
            json!(false),
            "{}",
            tool.name
        );
        let required = tool.schema["required"].as_array().cloned();
        for (name, field) in tool.schema["properties"].as_object().unwrap() {
            assert!(field["description"].is_string(), "{} {name}", tool.name);
            let optional = !required.iter().flatten().any(|known| known == name);
            assert_eq!(field["nullable"] == true, optional, "{} {name}", tool.name);
        }
    }
}

#[test]
fn hints_agree_with_each_other_and_with_the_original_tool() {
    for tool in catalog() {
        let hints = tool.hints;
        if hints.read_only {
            assert!(!hints.destructive && hints.idempotent, "{}", tool.name);
        }
        let of = |dialect: Dialect| dialect.tool_hints(&tool.name);
        assert_eq!(of(Dialect::Native), Some(hints));
        let original = of(Dialect::Workbench).unwrap();
        // The original plots the same thing again as often as it is asked to.
        if tool.name == "analytics_create_plot" {
            assert!(hints.idempotent && !original.idempotent);
        } else {
            assert_eq!(original, hints, "{}", tool.name);
        }
    }
}

#[test]
fn a_tool_is_found_with_a_dot_or_an_underscore_and_an_unknown_one_names_its_neighbours() {
    assert_eq!(
        find("calendar.search_events").unwrap().name,
        find("calendar_search_events").unwrap().name
    );
    let Err(failure) = find("calendar.find_events") else {
        panic!("found")
    };
    assert!(
        failure.to_string().contains("calendar_search_events"),
        "{failure}"
    );
}

#[test]
fn an_unknown_field_a_missing_field_and_no_object_are_refused_for_every_tool() {
    let mut office = TestSession::open();
    for tool in catalog() {
        let message = office.refused(&tool.name, json!({ "colour": "blue" }));
        assert!(
            message.contains("colour") && message.contains("expected"),
            "{message}"
        );
        if let Some(required) = tool.schema["required"].as_array() {
            let message = office.refused(&tool.name, json!({}));
            assert!(
                required
                    .iter()
                    .any(|name| message.contains(name.as_str().unwrap())),
                "{message}"
            );
        }
        office.refused(&tool.name, json!([]));
    }
}

#[test]
fn a_search_is_literal_word_by_word_and_says_how_many_there_are() {
    let mut office = TestSession::open();
    let all = office.ok("calendar.search_events", json!({}));
    assert_eq!(
        (all["total"].clone(), all["pages"].clone()),
        (json!(300), json!(15))
    );
    let last = office.ok("calendar.search_events", json!({ "page": 15 }));
    assert_eq!(last["results"].as_array().unwrap().len(), 20);
    assert_eq!(
        office.ok("calendar.search_events", json!({ "page": 16 }))["results"],
        json!([])
    );
    assert_eq!(
        office.ok("calendar.search_events", json!({ "query": ".*" }))["total"],
        0
    );
    let series = office.ok(
        "calendar.search_events",
        json!({ "query": "CRITIQUE design", "time_min": "2026-06-11" }),
    );
    assert!(series["results"].as_array().unwrap().iter().all(|event| {
        event["event_name"]
            .as_str()
            .unwrap()
            .ends_with("Design critique")
    }));
    assert_eq!(series["results"][0]["event_start"], "2026-06-11 14:00:00");
    for (name, value) in [("page", 0), ("page_size", 0), ("page_size", 101)] {
        assert!(
            office
                .refused("calendar.search_events", json!({ name: value }))
                .contains(name)
        );
    }
    let umlaut = office.ok("email.search_emails", json!({ "query": "JÜRGEN" }));
    assert!(umlaut["total"].as_i64().unwrap() > 0);
}

#[test]
fn the_directory_finds_by_name_and_says_when_there_are_several() {
    let mut office = TestSession::open();
    let everyone = World::office();
    for colleague in everyone.directory() {
        let found = office.ok(
            "company_directory.find_email_address",
            json!({ "name": colleague.name }),
        );
        assert_eq!(
            found["matches"][0]["email"],
            colleague.email.as_str(),
            "{}",
            colleague.name
        );
    }
    let several = office.ok(
        "company_directory_find_email_address",
        json!({ "name": "olwen" }),
    );
    assert!(several["message"].as_str().unwrap().contains("olwen"));
    // If no whole word matches, parts of words do.
    let part = office.ok(
        "company_directory.find_email_address",
        json!({ "name": "olw hall" }),
    );
    assert_eq!(part["matches"][0]["email"], "olwen.hallam@halden.example");
    assert!(
        office
            .refused(
                "company_directory.find_email_address",
                json!({ "name": "Nobody" })
            )
            .contains("Nobody")
    );
    office.refused(
        "company_directory.find_email_address",
        json!({ "name": " " }),
    );
}
