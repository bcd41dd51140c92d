//! Each class of errors on a small episode, played and judged by the program itself.

use std::collections::BTreeSet;

use crate::support::original::{original_office, write};
use crate::support::runs::{Folder, action, answer, breakroom, call, run, script, suite, task};
use crate::support::{Answer, Server};
use breakroom_record::errors::{CLASSES, ErrorClass};
use breakroom_record::record::EpisodeRecord;
use breakroom_tasks::task::{Call, ExpectedAnswer, ForbiddenState, Task};
use breakroom_tasks::verdict::Outcome;
use serde_json::{Value as Json, json};

const HELLO: &str = "Mail olwen.hallam@halden.example or olwen.thorne@halden.example.";

fn mail(recipient: &str, subject: &str) -> Json {
    json!({ "recipient": recipient, "subject": subject, "body": "Hello" })
}

fn send(recipient: &str, subject: &str) -> Json {
    action("email_send_email", &mail(recipient, subject))
}

fn rename(id: &str, name: &str) -> Json {
    json!({ "event_id": id, "field": "event_name", "new_value": name })
}

/// A case: its class, what is right, what the model says, and further marks.
struct Case {
    class: ErrorClass,
    name: &'static str,
    expected: Vec<Call>,
    replies: Vec<Json>,
    marks: Vec<ErrorClass>,
}

impl Case {
    /// What the model is told: it names events and people, so that they are no guesses.
    fn prompt(&self) -> String {
        format!("{} ({HELLO} Events 250 and 251.)", self.name)
    }

    fn template(&self) -> String {
        format!("case.{}", self.name.replace(' ', "-"))
    }
}

fn mails() -> Vec<Call> {
    vec![call(
        "email.send_email",
        mail("olwen.hallam@halden.example", "Tea"),
    )]
}

fn renaming() -> Vec<Call> {
    vec![call("calendar.update_event", rename("00000250", "Tea"))]
}

fn update(id: &str, name: &str) -> Json {
    action("calendar_update_event", &rename(id, name))
}

fn look() -> Json {
    action("calendar_search_events", &json!({ "query": "stand-up" }))
}

/// Everything that a scripted model of text ReAct can do wrong within three steps.
fn cases() -> Vec<Case> {
    let case = |class, name, expected, replies, marks: &[ErrorClass]| Case {
        class,
        name,
        expected,
        replies,
        marks: marks.to_vec(),
    };
    let hallam = "olwen.hallam@halden.example";
    let thorne = "olwen.thorne@halden.example";
    vec![
        case(
            ErrorClass::WrongTarget,
            "the namesake",
            mails(),
            vec![send(thorne, "Tea"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::WrongTarget,
            "the neighbour",
            renaming(),
            vec![update("251", "Tea"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::WrongTarget,
            "the other mail",
            vec![call(
                "email.reply_email",
                json!({ "email_id": "00000100", "body": "Yes" }),
            )],
            vec![
                action("email_search_emails", &json!({ "query": "order" })),
                action(
                    "email_reply_email",
                    &json!({ "email_id": "00000001", "body": "Yes" }),
                ),
                answer("Done."),
            ],
            &[],
        ),
        case(
            ErrorClass::WrongValue,
            "another name",
            renaming(),
            vec![update("250", "Coffee"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::DuplicateAction,
            "twice",
            mails(),
            vec![send(hallam, "Tea"), send(hallam, "TEA"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::ExtraAction,
            "too much",
            Vec::new(),
            vec![update("250", "Coffee"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::ExtraAction,
            "deleted instead",
            renaming(),
            vec![
                action("calendar_delete_event", &json!({ "event_id": "250" })),
                answer("Done."),
            ],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::RightThenUndone,
            "undone",
            renaming(),
            vec![
                update("250", "Tea"),
                update("250", "Coffee"),
                answer("Done."),
            ],
            &[ErrorClass::WrongValue],
        ),
        case(
            ErrorClass::Guessed,
            "guessed address",
            mails(),
            vec![send("olwen@halden.example", "Tea"), answer("Done.")],
            &[ErrorClass::WrongTarget],
        ),
        case(
            ErrorClass::Guessed,
            "guessed id",
            renaming(),
            vec![update("00000017", "Tea"), answer("Done.")],
            &[ErrorClass::WrongTarget],
        ),
        case(
            ErrorClass::MalformedAction,
            "unreadable",
            mails(),
            vec![json!("Thought: hm"), json!("Thought: hm"), json!("")],
            &[
                ErrorClass::StepLimit,
                ErrorClass::NoAction,
                ErrorClass::MissingAction,
            ],
        ),
        case(
            ErrorClass::UnknownTool,
            "no such tool",
            mails(),
            vec![action("email_write", &json!({})), answer("Done.")],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::UnknownTool,
            "not offered",
            mails(),
            vec![
                action("analytics_create_plot", &json!({})),
                answer("I could not."),
            ],
            &[ErrorClass::GaveUp, ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::RefusedRepeated,
            "refused again",
            renaming(),
            vec![
                action("calendar_delete_event", &json!({ "event_id": "x" })),
                action("calendar_delete_event", &json!({ "event_id": "x" })),
                answer("Done."),
            ],
            &[ErrorClass::GaveUp, ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::StepLimit,
            "still looking",
            mails(),
            vec![json!("Thought: hm"), look(), look()],
            &[ErrorClass::MalformedAction, ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::AskedBack,
            "asks",
            mails(),
            vec![look(), answer("Which Olwen do you mean?")],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::GaveUp,
            "could not",
            mails(),
            vec![look(), answer("I was unable to find her.")],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::GaveUp,
            "left it at that",
            renaming(),
            vec![update("251", ""), answer("Done.")],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::NoAction,
            "nothing",
            mails(),
            vec![answer("Done.")],
            &[ErrorClass::MissingAction],
        ),
        case(
            ErrorClass::MissingAction,
            "one of two",
            [mails(), renaming()].concat(),
            vec![update("250", "Tea"), answer("Done.")],
            &[],
        ),
        case(
            ErrorClass::ProviderFault,
            "the script ends",
            mails(),
            vec![look()],
            &[],
        ),
    ]
}

fn classes(record: &EpisodeRecord) -> Vec<ErrorClass> {
    record.marks.iter().map(|mark| mark.class).collect()
}

#[test]
fn a_scripted_model_gets_the_class_and_the_marks_of_what_it_did() {
    let folder = Folder::new("classes");
    let cases = cases();
    let tasks = cases
        .iter()
        .map(|case| task(&case.template(), &case.prompt(), &case.expected));
    let suite = folder.file("suite.jsonl", &suite(tasks.collect()));
    let scripts: String = cases
        .iter()
        .map(|case| script(&case.prompt(), &case.replies))
        .collect();
    let model = format!("scripted:{}", folder.file("script.jsonl", &scripts));
    let run = run(
        &folder.path("run"),
        &[
            "--suite",
            &suite,
            "--agent",
            "react",
            "--model",
            &model,
            "--max-steps",
            "3",
        ],
    );
    assert_eq!(run.episodes.len(), cases.len());
    for (case, record) in cases.iter().zip(&run.episodes) {
        let expected: Vec<ErrorClass> = [vec![case.class], case.marks.clone()].concat();
        assert_eq!(
            classes(record),
            expected,
            "{}: {:#?}",
            case.name,
            record.marks
        );
        assert_eq!(record.class, Some(case.class), "{}", case.name);
    }
    insta::assert_snapshot!(whys(&run.episodes));
}

/// What the rules found, for people.
fn whys(episodes: &[EpisodeRecord]) -> String {
    let lines = episodes.iter().flat_map(|record| {
        let marks = record.marks.iter();
        marks.map(|mark| {
            format!(
                "{}: {}: {} {:?}",
                record.template,
                mark.class.words(),
                mark.why,
                mark.calls
            )
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One episode of a task by an agent that is no scripted model.
fn alone(name: &str, task: Task, arguments: &[&str]) -> EpisodeRecord {
    let folder = Folder::new(name);
    let suite = folder.file("suite.jsonl", &suite(vec![task]));
    let run = run(
        &folder.path("run"),
        &[&["--suite", &suite], arguments].concat(),
    );
    run.episodes.into_iter().next().unwrap()
}

#[test]
fn an_agent_that_is_right_has_no_class() {
    let record = alone(
        "right",
        task("case.right", HELLO, &mails()),
        &["--agent", "oracle"],
    );
    assert_eq!((record.outcome, record.class), (Outcome::Correct, None));
    assert!(record.marks.is_empty());
}

/// The classes that a script of replies cannot come to.
const BY_OTHER_AGENTS: [ErrorClass; 7] = [
    ErrorClass::HarnessFault,
    ErrorClass::ProgramFailed,
    ErrorClass::TimeLimit,
    ErrorClass::ContextLimit,
    ErrorClass::WrongAnswer,
    ErrorClass::Forbidden,
    ErrorClass::OtherRules,
];

#[test]
fn every_class_has_a_case() {
    let tested: BTreeSet<ErrorClass> = cases()
        .iter()
        .map(|case| case.class)
        .chain(BY_OTHER_AGENTS)
        .collect();
    let all: BTreeSet<ErrorClass> = CLASSES.iter().map(|entry| entry.class).collect();
    assert_eq!(tested, all);
}

#[test]
fn a_program_that_cannot_be_run_is_our_fault_and_one_that_fails_is_its_own() {
    let task = task("case.program", HELLO, &mails());
    let record = alone(
        "harness",
        task.clone(),
        &["--agent", "exec:/no/such/program"],
    );
    assert_eq!(record.outcome, Outcome::Fault);
    assert_eq!(classes(&record), [ErrorClass::HarnessFault]);
    let record = alone("program", task, &["--agent", "exec:echo no >&2; exit 3"]);
    assert_eq!(record.class, Some(ErrorClass::ProgramFailed));
    assert!(
        record.marks[0].why.contains("no"),
        "{}",
        record.marks[0].why
    );
}

#[test]
fn an_episode_without_time_ends_at_its_limit() {
    let task = task("case.time", HELLO, &mails());
    let record = alone(
        "time",
        task,
        &["--agent", "exec:sleep 60", "--timeout", "0"],
    );
    assert_eq!(record.class, Some(ErrorClass::TimeLimit));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_too_long_ends_at_its_limit() {
    let body = json!({ "error": { "code": "context_length_exceeded", "message": "too long" } });
    let server = Server::start(vec![Answer::Whole(400, "", body.to_string())]).await;
    let task = task("case.context", HELLO, &mails());
    let arguments = [
        "--agent",
        "tools",
        "--model",
        "m",
        "--base-url",
        &server.url,
    ];
    let record = alone("context", task, &arguments);
    assert_eq!(record.class, Some(ErrorClass::ContextLimit));
}

#[test]
fn an_answer_in_words_can_be_wrong() {
    let task = Task {
        answer: Some(ExpectedAnswer::Exact {
            value: "four".into(),
        }),
        ..task("case.answer", HELLO, &[])
    };
    let record = alone("answer", task, &["--agent", "exec:echo five"]);
    assert_eq!(
        classes(&record),
        [ErrorClass::NoAction, ErrorClass::WrongAnswer]
    );
}

#[test]
fn what_a_task_forbids_is_harm() {
    let task = Task {
        forbid: vec![ForbiddenState {
            why: "an event called Tea".into(),
            sql: "SELECT event_id FROM calendar.event WHERE event_name = 'Tea'".into(),
        }],
        ..task("case.forbidden", "Rename event 250", &renaming())
    };
    let record = alone("forbidden", task, &["--agent", "oracle"]);
    assert_eq!(record.outcome, Outcome::SideEffects);
    assert_eq!(classes(&record), [ErrorClass::Forbidden]);
}

#[test]
fn rules_of_the_original_alone_can_make_it_wrong() {
    let folder = Folder::new("other-rules");
    original_office(&folder.0);
    let calls = "calendar.delete_event.func(event_id=\"\"00000001\"\")";
    write(
        &folder.0,
        "data/processed/tasks_and_outcomes/calendar_tasks_and_outcomes.csv",
        &format!("task,outcome\nDelete event 00000001,\"['{calls}']\"\n"),
    );
    let (office, suite) = (folder.path(""), folder.path("suite.jsonl"));
    let imported = breakroom(&["tasks", "import", "workbench", &office, "--out", &suite]);
    assert!(imported.status.success(), "{imported:?}");
    // A call of nothing makes the run wrong by the rules of 2026, whatever follows.
    let replies = [
        action("calendar.cancel_event", &json!({})),
        action("calendar.delete_event", &json!({ "event_id": "00000001" })),
        answer("Done."),
    ];
    let model = folder.file("script.jsonl", &script("Delete event 00000001", &replies));
    let (model, out) = (format!("scripted:{model}"), folder.path("run"));
    let arguments = ["--suite", &suite, "--world", &office, "--model", &model];
    let run = run(
        &out,
        &[&arguments[..], &["--rules", "workbench-2026"]].concat(),
    );
    assert_eq!(run.episodes[0].outcome, Outcome::SideEffects);
    assert_eq!(
        classes(&run.episodes[0]),
        [ErrorClass::OtherRules, ErrorClass::UnknownTool]
    );
}
