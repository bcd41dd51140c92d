//! The cost of verdicts, and of drawing, reading, linting and playing a suite.
#![allow(clippy::unwrap_used, missing_docs)]

use breakroom_sandbox::world::World;
use breakroom_tasks::judge::{Judge, play};
use breakroom_tasks::lint;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Difficulty, ExpectedOutcome, Task};
use breakroom_tasks::template::Templates;
use breakroom_tasks::verdict::{EpisodeEnding, Outcome, Verdict};
use breakroom_tools::session::InitialState;
use divan::Bencher;
use serde_json::{Map, json};

fn main() {
    divan::main();
}

/// A task with ten changes: five sent mails, two created events and three updated ones.
fn ten_changes() -> Task {
    let call = |tool: &str, arguments| Call {
        tool: tool.to_owned(),
        arguments,
    };
    let mails = (0..5).map(|number| {
        let mail = json!({ "recipient": "olwen.hallam@halden.example", "subject": format!("Note {number}"), "body": "Hello" });
        call("email.send_email", mail)
    });
    let created = (0..2).map(|number| {
        let event = json!({ "event_name": format!("Tea {number}"), "participant_email": "olwen.hallam@halden.example", "event_start": "2026-06-12 16:00:00", "duration": 30 });
        call("calendar.create_event", event)
    });
    let renamed = (0..3).map(|number| {
        let update = json!({ "event_id": format!("0000025{number}"), "field": "event_name", "new_value": "Cake" });
        call("calendar.update_event", update)
    });
    Task {
        id: "bench.ten.01".into(),
        template: "bench.ten".into(),
        domains: vec!["calendar".into(), "email".into()],
        prompt: "Do it".into(),
        parameters: Map::new(),
        outcomes: vec![ExpectedOutcome {
            why: None,
            groups: vec![mails.chain(created).chain(renamed).collect()],
        }],
        answer: None,
        forbid: Vec::new(),
        refers: Map::new(),
        tags: Vec::new(),
        difficulty: Difficulty {
            databases: 2,
            writes: 10,
            reads: 0,
        },
    }
}

/// Judges ten changes that were made in reverse order, without the last `left_out` ones.
fn verdict(bencher: Bencher<'_, '_>, left_out: usize) {
    let start = InitialState::Native(World::office());
    let task = ten_changes();
    let judge = Judge::new(&start, &task).unwrap();
    let mut session = start.open().unwrap();
    let calls: Vec<&Call> = task.outcomes[0].calls().collect();
    play(&mut session, calls.into_iter().rev().skip(left_out)).unwrap();
    let judged = || -> Verdict { judge.judge(&session, &EpisodeEnding::default()).unwrap() };
    assert_eq!(judged().outcome == Outcome::Correct, left_out == 0);
    bencher.bench_local(judged);
}

#[divan::bench]
fn verdict_of_ten_rows(bencher: Bencher<'_, '_>) {
    verdict(bencher, 0);
}

#[divan::bench]
fn verdict_of_ten_rows_one_missing(bencher: Bencher<'_, '_>) {
    verdict(bencher, 1);
}

/// The limit: listing the session's changes.
#[divan::bench]
fn verdict_limit_changes_alone(bencher: Bencher<'_, '_>) {
    let start = InitialState::Native(World::office());
    let task = ten_changes();
    let mut session = start.open().unwrap();
    play(&mut session, task.outcomes[0].calls()).unwrap();
    bencher.bench_local(|| session.changes().unwrap());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn generate_the_suite() -> Suite {
    Suite::generate(
        "office-690",
        &World::office(),
        &Templates::shipped().unwrap(),
        1,
    )
    .unwrap()
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn read_the_suite() -> Suite {
    Suite::office_690().unwrap()
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn lint_the_suite() -> usize {
    let start = InitialState::Native(World::office());
    lint::lint(&Suite::office_690().unwrap(), &start, |_| {})
        .unwrap()
        .len()
}

/// For each task: open a session, play the oracle's calls, and judge it.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn open_play_and_judge_the_suite(bencher: Bencher<'_, '_>) {
    let suite = Suite::office_690().unwrap();
    let start = InitialState::Native(World::office());
    bencher.bench_local(|| {
        let (mut right, mut for_judges) = (0, None);
        for task in &suite.tasks {
            let mut session = start.open().unwrap();
            play(&mut session, task.outcomes[0].calls()).unwrap();
            let answer = task.answer.as_ref().map(|answer| answer.correct_answer());
            let ending = EpisodeEnding {
                answer: answer.as_deref(),
                ..EpisodeEnding::default()
            };
            let judge = Judge::reusing_session(&mut for_judges, &start, task).unwrap();
            let verdict = judge.judge(&session, &ending).unwrap();
            right += usize::from(verdict.outcome == Outcome::Correct);
        }
        assert_eq!(right, suite.tasks.len());
    });
}
