//! The audit of an invented checkout, through the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write(folder: &Path, name: &str, rows: &[&[&str]]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_path(path)
        .unwrap();
    for row in rows {
        writer.write_record(*row).unwrap();
    }
    writer.flush().unwrap();
}

const MOVE: &str = r#"['calendar.update_event.func(event_id="00000001", field="event_start", new_value="2023-12-01 10:15:00")']"#;
const SAME: &str =
    r#"['calendar.update_event.func(event_id="00000001", field="event_name", new_value="Tea")']"#;
const TWO: &str = r#"['calendar.create_event.func(event_name="A", participant_email="ana.b@c.example", event_start="2023-12-05 09:00:00", duration="30")', 'calendar.create_event.func(event_name="B", participant_email="ana.b@c.example", event_start="2023-12-06 09:00:00", duration="30")']"#;
const REVERSED: &str = r#"['calendar.create_event.func(event_name="B", participant_email="ana.b@c.example", event_start="2023-12-06 09:00:00", duration="30")', 'calendar.create_event.func(event_name="A", participant_email="ana.b@c.example", event_start="2023-12-05 09:00:00", duration="30")']"#;
const BROKEN: &str = r#"['calendar.delete_event.func(event_id="00000002"']"#;

fn checkout(name: &str) -> Folder {
    let folder =
        Folder(std::env::temp_dir().join(format!("breakroom-audit-{}-{name}", std::process::id())));
    let processed = folder.0.join("data/processed");
    write(
        &processed,
        "calendar_events.csv",
        &[
            &[
                "event_id",
                "event_name",
                "participant_email",
                "event_start",
                "duration",
            ],
            &[
                "00000001",
                "Tea",
                "ana.b@c.example",
                "2023-12-01 09:00:00",
                "30",
            ],
            &[
                "00000002",
                "Cake",
                "ana.d@c.example",
                "2023-12-01 10:30:00",
                "30",
            ],
            &[
                "00000003",
                "Cake",
                "ana.d@c.example",
                "2023-12-01 10:30:00",
                "30",
            ],
        ],
    );
    write(
        &processed,
        "emails.csv",
        &[&[
            "email_id",
            "inbox/outbox",
            "sender/recipient",
            "subject",
            "sent_datetime",
            "body",
        ]],
    );
    write(
        &processed,
        "analytics_data.csv",
        &[&[
            "date_of_visit",
            "visitor_id",
            "page_views",
            "session_duration_seconds",
            "traffic_source",
            "user_engaged",
        ]],
    );
    write(
        &processed,
        "project_tasks.csv",
        &[&[
            "task_id",
            "task_name",
            "assigned_to_email",
            "list_name",
            "due_date",
            "board",
        ]],
    );
    write(
        &processed,
        "customer_relationship_manager_data.csv",
        &[&[
            "customer_id",
            "assigned_to_email",
            "customer_name",
            "customer_email",
            "customer_phone",
            "last_contact_date",
            "product_interest",
            "status",
            "follow_up_by",
            "notes",
        ]],
    );
    write(
        &folder.0,
        "data/raw/email_addresses.csv",
        &[&["ana.b@c.example"], &["ana.d@c.example"]],
    );
    write(
        &processed,
        "queries_and_answers/calendar_queries_and_answers.csv",
        &[
            &[
                "query",
                "answer",
                "base_template",
                "chosen_template",
                "domains",
            ],
            &[
                "Move tea with ana to 10:15",
                MOVE,
                "Move {event_name} with {name}",
                "Move {event_name} with {name} to 10:15",
                "['calendar']",
            ],
            &[
                "Call tea Tea",
                SAME,
                "Call it",
                "Call tea {new}",
                "['calendar']",
            ],
            &[
                "Let tea be called Tea",
                SAME,
                "Call it",
                "Let tea be called {new}",
                "['calendar']",
            ],
            &["Book A and B", TWO, "Book", "Book A and B", "['calendar']"],
            &[
                "Drop the next cake",
                BROKEN,
                "Drop",
                "Drop the next {event_name}",
                "['calendar']",
            ],
        ],
    );
    write(
        &folder.0,
        "data/results/calendar/someone_all_1_2.csv",
        &[
            &["query", "function_calls", "full_response", "error"],
            &["Move tea with ana to 10:15", MOVE, "", "broken off"],
            &["Call tea Tea", "[]", "", ""],
            &["Book A and B", REVERSED, "", ""],
        ],
    );
    folder
}

fn audit(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(["workbench", "audit", folder.0.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn disagreements_have_classes_and_tasks_their_findings() {
    let folder = checkout("report");
    let output = audit(&folder, &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let classes = &report["agreement"][0]["classes"];
    assert_eq!(classes["error_on_record"], 1);
    assert_eq!(classes["order_of_creation"], 1);
    assert_eq!(report["agreement"][0]["agree"], 1);
    assert_eq!(report["disagreements"][0]["task"], "calendar.001");
    let tasks = |check: &str| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap();
        let found = findings
            .iter()
            .find(|found| found["check"] == check)
            .unwrap();
        let tasks = found["tasks"].as_array().unwrap().iter();
        tasks
            .map(|task| task.as_str().unwrap().replace("calendar.", ""))
            .collect()
    };
    assert_eq!(tasks("nothing"), ["002", "003"]);
    assert_eq!(tasks("referent"), ["001"]);
    assert_eq!(tasks("overlapping-meeting"), ["001"]);
    assert_eq!(tasks("same-in-other-words"), ["003"]);
    assert_eq!(tasks("order-2024"), ["004"]);
    assert_eq!(tasks("order-2026"), ["004"]);
    assert_eq!(tasks("answer-skipped"), ["005"]);
    let count = |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|found| found["check"] == check)
            .unwrap()["count"]
            .clone()
    };
    assert_eq!(count("rows-twice.calendar"), 1);
    assert_eq!(count("events-overlapping"), 1);
    assert_eq!(count("colleagues-of-one-first-name"), 1);
}

#[test]
fn no_report_quotes_a_prompt() {
    let folder = checkout("quotes");
    for arguments in [&["--markdown"][..], &["--json"], &[]] {
        let output = audit(&folder, arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("calendar.001"), "{text}");
        for quoted in ["10:15", "tea", "ana.", "Cake", "Book A"] {
            assert!(!text.contains(quoted), "{quoted} in {text}");
        }
    }
}

#[test]
fn a_record_that_no_rule_explains_is_listed_and_fails_the_gate() {
    let folder = checkout("record");
    let oracle = folder.0.join("verdicts.csv");
    let oracle = oracle.to_str().unwrap();
    let score = Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args([
            "workbench",
            "score",
            folder.0.to_str().unwrap(),
            "--rules",
            "all",
            "--csv",
            oracle,
        ])
        .output()
        .unwrap();
    assert!(score.status.success());
    let table = String::from_utf8(score.stdout).unwrap();
    assert!(
        ["native", "2024", "2026"]
            .iter()
            .all(|rules| table.contains(rules)),
        "{table}"
    );
    assert_eq!(audit(&folder, &["--oracle", oracle]).status.code(), Some(0));
    let text = std::fs::read_to_string(oracle).unwrap();
    let (before, line) = text.split_once("Call tea Tea,true").unwrap();
    std::fs::write(oracle, format!("{before}Call tea Tea,false{line}")).unwrap();
    let output = audit(&folder, &["--oracle", oracle]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("calendar.002: correct 2024"), "{text}");
}
