//! Invariants of suites drawn from the built-in templates, in the built-in office and in another one.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use breakroom_sandbox::office;
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::{Judge, play};
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::template::Templates;
use breakroom_tasks::verdict::{EpisodeEnding, Outcome};
use breakroom_tools::session::{InitialState, ToolSession};

/// A suite, and the world that it was drawn from.
struct DrawnSuite {
    suite: Suite,
    world: Arc<World>,
}

fn shipped() -> DrawnSuite {
    DrawnSuite {
        suite: Suite::office_690().unwrap(),
        world: World::office(),
    }
}

fn other() -> DrawnSuite {
    let world = World::freeze(office::generate("other", 7, 1)).unwrap();
    let suite = Suite::generate("other", &world, &Templates::shipped().unwrap(), 7).unwrap();
    DrawnSuite { suite, world }
}

/// The outcome of each task after these calls, with the answer that `says` returns.
fn outcomes<'a>(
    drawn: &'a DrawnSuite,
    calls: impl Fn(&'a Task) -> Vec<&'a Call>,
    says: impl Fn(&Task) -> Option<String>,
) -> Vec<(&'a Task, Outcome)> {
    let start = InitialState::Native(Arc::clone(&drawn.world));
    let mut session = start.open().unwrap();
    let mut all = Vec::new();
    for task in &drawn.suite.tasks {
        session.reset().unwrap();
        let refused = play(&mut session, calls(task)).unwrap();
        assert!(refused.is_empty(), "{}: {refused:?}", task.id);
        all.push((task, judged(&start, task, &session, says(task).as_deref())));
    }
    all
}

fn judged(
    start: &InitialState,
    task: &Task,
    session: &ToolSession,
    answer: Option<&str>,
) -> Outcome {
    let judge = Judge::new(start, task).unwrap();
    let ending = EpisodeEnding {
        answer,
        ..EpisodeEnding::default()
    };
    judge.judge(session, &ending).unwrap().outcome
}

fn right_words(task: &Task) -> Option<String> {
    task.answer.as_ref().map(|answer| answer.correct_answer())
}

fn the_oracle_is_right_in_every_task(drawn: &DrawnSuite) {
    for (task, outcome) in outcomes(
        drawn,
        |task| task.outcomes[0].calls().collect(),
        right_words,
    ) {
        assert_eq!(outcome, Outcome::Correct, "{}", task.id);
    }
}

fn doing_nothing_is_right_where_nothing_is_asked_for_and_harmless_elsewhere(drawn: &DrawnSuite) {
    for (task, outcome) in outcomes(drawn, |_| Vec::new(), |_| None) {
        let expected = if task.expects_no_change() {
            Outcome::Correct
        } else {
            Outcome::Incomplete
        };
        assert_eq!(outcome, expected, "{}", task.id);
    }
}

fn free_calls_are_right_in_reverse(drawn: &DrawnSuite) {
    let reversed = |task: &'_ Task| -> Vec<Call> {
        let groups = task.outcomes[0].groups.iter();
        groups
            .flat_map(|group| group.iter().rev().cloned())
            .collect()
    };
    let start = InitialState::Native(Arc::clone(&drawn.world));
    let mut session = start.open().unwrap();
    let mut tried = 0;
    for task in &drawn.suite.tasks {
        let calls = reversed(task);
        tried += usize::from(calls.len() > 1);
        session.reset().unwrap();
        play(&mut session, &calls).unwrap();
        let outcome = judged(&start, task, &session, right_words(task).as_deref());
        assert_eq!(outcome, Outcome::Correct, "{}", task.id);
    }
    assert!(tried > 0, "no task has two calls");
}

#[test]
fn the_suite_that_ships_has_690_tasks_of_69_templates() {
    let DrawnSuite { suite, world } = shipped();
    assert_eq!(suite.tasks.len(), 690);
    assert_eq!(suite.header.world_checksum, world.checksum());
    let templates = Templates::shipped().unwrap();
    assert_eq!(templates.list.len(), 69);
    assert_eq!(suite.header.templates, templates.hash);
}

#[test]
fn the_suite_that_ships_keeps_the_invariants() {
    let drawn = shipped();
    the_oracle_is_right_in_every_task(&drawn);
    doing_nothing_is_right_where_nothing_is_asked_for_and_harmless_elsewhere(&drawn);
    free_calls_are_right_in_reverse(&drawn);
}

#[test]
fn a_suite_drawn_from_another_office_keeps_them_too() {
    let drawn = other();
    the_oracle_is_right_in_every_task(&drawn);
    doing_nothing_is_right_where_nothing_is_asked_for_and_harmless_elsewhere(&drawn);
    free_calls_are_right_in_reverse(&drawn);
}

#[test]
fn drawing_again_changes_no_byte() {
    let drawn = shipped();
    let again = Suite::generate(
        &drawn.suite.header.suite,
        &drawn.world,
        &Templates::shipped().unwrap(),
        drawn.suite.header.seed,
    );
    let fixture = include_str!("../../fixtures/suites/office-690.jsonl");
    let again = again.unwrap().to_jsonl();
    let differs = fixture
        .lines()
        .zip(again.lines())
        .find(|(one, other)| one != other);
    assert_eq!(
        differs, None,
        "write it again with `breakroom tasks generate --out fixtures/suites/office-690.jsonl`"
    );
    assert_eq!(fixture.len(), again.len());
    assert_eq!(other().suite.to_jsonl(), other().suite.to_jsonl());
}
