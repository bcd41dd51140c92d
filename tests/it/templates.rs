//! Templates that a user wrote, from the file to the verdict, through the program itself.

use crate::support::runs;
use crate::support::runs::{Folder, action, answer, breakroom, script};
use breakroom::schema;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{Outcome, Verdict};
use serde_json::{Value as Json, json};

const TEMPLATES: &str = r#"
[[template]]
id = "calendar.count-of-day"
domains = ["calendar"]
tags = ["question"]
phrasings = [
  "How many meetings do I have on {{ day | spoken_date }}?",
  "Count my meetings of {{ day | month_day }}.",
  "{{ day | spoken_date }}: what is the number of my meetings?",
]
draw = "SELECT DISTINCT date(event_start) AS day FROM calendar.event WHERE event_start > :now"
reads = 1
answer = { kind = "number", value = "SELECT count(*) FROM calendar.event WHERE date(event_start) = :day", tolerance = 0 }

[[template]]
id = "calendar.free-an-end"
domains = ["calendar"]
tags = ["delete"]
phrasings = [
  "Delete my first meeting on {{ day | spoken_date }}, or the last, whichever you like.",
  "On {{ day | month_day }} I want to begin later or to end earlier: delete the first or the last meeting.",
  "{{ day | spoken_date }} is too full. Either the first or the last meeting has to go.",
]
draw = "SELECT date(event_start) AS day FROM calendar.event WHERE event_start > :now GROUP BY day HAVING count(*) > 2"
reads = 1

[[template.oracle]]
tool = "calendar.delete_event"
args = "SELECT event_id FROM calendar.event WHERE date(event_start) = :day ORDER BY event_start LIMIT 1"

[[template.accept]]
why = "the last is as good"

[[template.accept.oracle]]
tool = "calendar.delete_event"
args = "SELECT event_id FROM calendar.event WHERE date(event_start) = :day ORDER BY event_start DESC LIMIT 1"

[[template]]
id = "calendar.short-focus"
domains = ["calendar"]
tags = ["create"]
phrasings = [
  "Book half an hour called “Focus” with myself on {{ day | spoken_date }} at 7:30 pm.",
  "{{ day | month_day }}, 19:30: put “Focus” into my calendar, 30 minutes, with me alone.",
  "I need an entry “Focus” of 30 minutes on {{ day | spoken_date }} at 19:30, just me.",
]
draw = "SELECT date AS day FROM day WHERE date > :today LIMIT 30"
reads = 0

[[template.oracle]]
tool = "calendar.create_event"
args = "SELECT 'Focus' AS event_name, :owner AS participant_email, :day || ' 19:30:00' AS event_start, 30 AS duration"

[[template.forbid]]
why = "a focus of more than an hour"
sql = "SELECT event_id, duration FROM calendar.event WHERE event_name = 'Focus' AND duration > 60"
"#;

/// The user's templates in a folder of their own, and the suite that is drawn from them.
fn drawn(name: &str) -> (Folder, String) {
    let folder = Folder::new(&format!("templates-{name}"));
    std::fs::create_dir(folder.path("mine")).unwrap();
    folder.file("mine/calendar.toml", TEMPLATES);
    let (templates, suite) = (folder.path("mine"), folder.path("mine.jsonl"));
    let made = breakroom(&[
        "tasks",
        "generate",
        "--suite",
        "mine",
        "--templates",
        &templates,
        "--seed",
        "3",
        "--out",
        &suite,
    ]);
    assert!(made.status.success(), "{made:?}");
    (folder, suite)
}

fn read(suite: &str) -> Suite {
    Suite::read(suite.as_ref()).unwrap()
}

/// The verdict on an agent that says this to the first task of a template.
fn verdict(
    folder: &Folder,
    suite: &str,
    template: &str,
    says: impl Fn(&Task) -> Vec<Json>,
) -> Verdict {
    let suite_read = read(suite);
    let task = suite_read
        .tasks
        .iter()
        .find(|task| task.template == template);
    let task = task.unwrap();
    let file = folder.file("script.jsonl", &script(&task.prompt, &says(task)));
    let out = folder.path("run");
    let model = format!("scripted:{file}");
    let only = task.id.as_str();
    let run = runs::run(&out, &["--suite", suite, "--only", only, "--model", &model]);
    let verdict = run.episodes[0].verdict.clone();
    std::fs::remove_dir_all(out).unwrap();
    verdict
}

/// The calls of one of a task's outcomes as replies, and the end.
fn replies(task: &Task, outcome: usize) -> Vec<Json> {
    let calls = task.outcomes[outcome].calls();
    let calls = calls.map(|call| action(&call.tool, &call.arguments));
    calls.chain([answer("Done.")]).collect()
}

#[test]
fn a_users_templates_make_a_suite_that_is_sound() {
    let (folder, suite) = drawn("sound");
    assert_eq!(read(&suite).tasks.len(), 30);
    let lint = breakroom(&[
        "tasks",
        "lint",
        "--templates",
        &folder.path("mine"),
        "--seed",
        "3",
    ]);
    assert!(
        lint.status.success(),
        "{}",
        String::from_utf8_lossy(&lint.stdout)
    );
    let baseline = breakroom(&["tasks", "baseline", "--suite", &suite]);
    assert!(
        baseline.status.success(),
        "{}",
        String::from_utf8_lossy(&baseline.stdout)
    );
    let show = breakroom(&[
        "tasks",
        "show",
        "calendar.free-an-end.01",
        "--suite",
        &suite,
    ]);
    let text = String::from_utf8(show.stdout).unwrap();
    assert!(text.contains("right too: the last is as good"), "{text}");
    let run = runs::run(
        &folder.path("oracle"),
        &["--suite", &suite, "--agent", "oracle"],
    );
    assert_eq!(run.episodes.len(), 30);
    assert!(
        run.episodes
            .iter()
            .all(|episode| episode.verdict.outcome == Outcome::Correct)
    );
}

#[test]
fn another_outcome_is_accepted_and_says_why() {
    let (folder, suite) = drawn("accept");
    let template = "calendar.free-an-end";
    let first = verdict(&folder, &suite, template, |task| replies(task, 0));
    assert_eq!((first.outcome, first.accepted), (Outcome::Correct, None));
    let last = verdict(&folder, &suite, template, |task| replies(task, 1));
    assert_eq!(last.outcome, Outcome::Correct);
    assert_eq!(last.accepted.as_deref(), Some("the last is as good"));
    let both = verdict(&folder, &suite, template, |task| {
        let first = replies(task, 0).into_iter().take(1);
        first.chain(replies(task, 1)).collect()
    });
    assert_eq!(both.outcome, Outcome::SideEffects);
}

#[test]
fn an_answer_in_words_is_right_or_wrong() {
    let (folder, suite) = drawn("answer");
    let template = "calendar.count-of-day";
    let right = verdict(&folder, &suite, template, |task| {
        vec![answer(&format!(
            "You have {} of them.",
            task.answer.as_ref().unwrap().correct_answer()
        ))]
    });
    assert_eq!(right.outcome, Outcome::Correct);
    let wrong = verdict(&folder, &suite, template, |_| {
        vec![answer("You have 77 of them.")]
    });
    assert_eq!(wrong.outcome, Outcome::Incomplete);
    assert!(!wrong.answer.unwrap().right);
}

#[test]
fn what_must_not_be_there_is_found() {
    let (folder, suite) = drawn("forbid");
    let template = "calendar.short-focus";
    let right = verdict(&folder, &suite, template, |task| replies(task, 0));
    assert_eq!(
        (right.outcome, right.forbidden.len()),
        (Outcome::Correct, 0)
    );
    let long = verdict(&folder, &suite, template, |task| {
        let call = task.outcomes[0].calls().next().unwrap();
        let mut arguments = call.arguments.clone();
        arguments["duration"] = json!(90);
        vec![action(&call.tool, &arguments), answer("Done.")]
    });
    assert_eq!(long.outcome, Outcome::SideEffects);
    assert!(
        long.forbidden[0].starts_with("a focus of more than an hour"),
        "{long}"
    );
}

/// A template whose oracle gives a meeting the name that it has.
const UNSOUND: &str = r#"
[[template]]
id = "calendar.same-name"
domains = ["calendar"]
tags = ["update"]
phrasings = ["Rename the first meeting of {{ day | spoken_date }}.", "{{ day | month_day }}: rename the first.", "Rename what is first on {{ day | spoken_date }}."]
draw = "SELECT DISTINCT date(event_start) AS day FROM calendar.event WHERE event_start > :now"
reads = 1

[[template.oracle]]
tool = "calendar.update_event"
args = "SELECT event_id, 'event_name' AS field, event_name AS new_value FROM calendar.event WHERE date(event_start) = :day ORDER BY event_start LIMIT 1"
"#;

/// What the linter finds in a template that is unsound.
fn findings(folder: &Folder) -> Vec<Json> {
    folder.file("mine/calendar.toml", UNSOUND);
    let lint = breakroom(&[
        "tasks",
        "lint",
        "--templates",
        &folder.path("mine"),
        "--json",
    ]);
    assert_eq!(lint.status.code(), Some(1));
    let report: Json = serde_json::from_slice(&lint.stdout).unwrap();
    report["findings"].as_array().unwrap().clone()
}

#[test]
fn an_unsound_template_has_findings() {
    let (folder, _) = drawn("unsound");
    let findings = findings(&folder);
    let rules = ["nothing", "left-out"];
    for rule in rules {
        let found = findings.iter().filter(|finding| finding["rule"] == rule);
        assert_eq!(found.count(), 10, "{rule}");
    }
}

#[test]
fn a_malformed_template_is_named_with_its_line() {
    let (folder, _) = drawn("malformed");
    folder.file(
        "mine/calendar.toml",
        &TEMPLATES.replace("date AS day FROM day", "dates AS day FROM day"),
    );
    let lint = breakroom(&["tasks", "lint", "--templates", &folder.path("mine")]);
    assert_eq!(lint.status.code(), Some(2));
    let text = String::from_utf8(lint.stderr).unwrap();
    let line = TEMPLATES
        .lines()
        .position(|line| line.contains("date AS day FROM day"))
        .unwrap()
        + 1;
    assert!(
        text.contains(&format!(
            "calendar.toml:{line}: template calendar.short-focus"
        )),
        "{text}"
    );
}

#[test]
fn suites_verdicts_and_findings_fit_their_schemas() {
    let schemas = schema::files();
    let check = |name: &str, document: &Json| {
        let (_, schema) = schemas.iter().find(|(file, _)| file == name).unwrap();
        let validator = jsonschema::draft202012::new(schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}: {document}");
    };
    let (folder, suite) = drawn("schemas");
    let text = std::fs::read_to_string(&suite).unwrap()
        + include_str!("../../fixtures/suites/office-690.jsonl");
    for line in text.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let name = if line.get("suite").is_some() {
            "suite/header.json"
        } else {
            "suite/task.json"
        };
        check(name, &line);
    }
    let wrong = verdict(&folder, &suite, "calendar.free-an-end", |task| {
        let delete = json!({ "event_id": "00000001" });
        vec![
            action("calendar.delete_event", &delete),
            replies(task, 0).remove(0),
            answer("Done."),
        ]
    });
    assert_eq!(wrong.outcome, Outcome::SideEffects);
    check("verdict.json", &serde_json::to_value(&wrong).unwrap());
    findings(&folder)
        .iter()
        .for_each(|finding| check("lint-finding.json", finding));
}
