//! Policies at work on the suite that ships: in text ReAct and by native calls, to their verdicts.

mod work;

use std::sync::Arc;
use std::time::Duration;

use breakroom::model_args::ModelArgs;
use breakroom_agent::react::run_react;
use breakroom_agent::{AgentEnding, Episode, ModelConfig, Workplace};
use breakroom_model::Model;
use breakroom_model::chat::{ChatRequest, Message, Sampling, ToolSpec};
use breakroom_model::error::ErrorKind;
use breakroom_policy::{Exchange, Policy, PolicyAction, PolicyKind};
use breakroom_sandbox::Fault;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::Outcome;
use breakroom_tools::native;
use breakroom_tools::session::{Dialect, InitialState};
use breakroom_tools::workbench::checkout::read_office;
use clap::Parser;
use serde_json::{Value as Json, json};
use work::{Diary, Form, LIMITS, OFFICE, model, outcomes, work};

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    choice: ModelArgs,
}

/// Ids and addresses that a call changes something with and that neither the prompt nor an earlier result has.
fn out_of_nowhere(task: &Task, diary: &Diary) -> Vec<String> {
    let (_, start) = &*OFFICE;
    let InitialState::Native(world) = start else {
        unreachable!("the office is native")
    };
    let mut seen = task.prompt.clone();
    let mut wrong = Vec::new();
    for (call, _, result) in &diary.calls {
        if native::find(&call.tool).is_ok_and(|tool| tool.writes()) {
            for (name, value) in call.arguments.as_object().unwrap() {
                let Some(text) = value.as_str() else { continue };
                let is_address = world
                    .directory()
                    .iter()
                    .any(|colleague| colleague.email == text);
                if (name.ends_with("_id") || is_address) && !seen.contains(text) {
                    wrong.push(format!("{}: {} {name} {text}", task.id, call.tool));
                }
            }
        }
        seen.push_str(result);
    }
    wrong
}

async fn everything_is_right(form: Form) {
    let (suite, start) = &*OFFICE;
    let model = model(PolicyKind::Oracle, 1);
    let mut session = start.open().unwrap();
    let mut wrong = Vec::new();
    for task in &suite.tasks {
        let done = work(&model, &mut session, task, form, None).await;
        if done.verdict.outcome != Outcome::Correct {
            wrong.push(format!("{}: {:?} {}", task.id, done.ending, done.verdict));
        }
        let refused = done.diary.calls.iter().filter(|(_, ran, _)| !ran);
        wrong.extend(refused.map(|(call, ..)| format!("{}: {call:?} is refused", task.id)));
        wrong.extend(out_of_nowhere(task, &done.diary));
        for (place, (call, ..)) in done.diary.calls.iter().enumerate() {
            let again = done.diary.calls[..place]
                .iter()
                .any(|(earlier, ..)| earlier == call);
            if again {
                wrong.push(format!("{}: {call:?} is made again", task.id));
            }
        }
        let reads = done
            .diary
            .calls
            .iter()
            .filter(|(call, ..)| !native::find(&call.tool).unwrap().writes());
        if reads.count() > task.difficulty.reads + 2 {
            wrong.push(format!(
                "{}: looks up far more than {}",
                task.id, task.difficulty.reads
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} findings:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn the_oracle_is_right_everywhere_in_text() {
    everything_is_right(Form::Text).await;
}

#[tokio::test]
async fn the_oracle_is_right_everywhere_by_native_calls() {
    everything_is_right(Form::Native).await;
}

#[tokio::test]
async fn the_intern_shows_every_outcome_and_is_right_as_often_as_its_table_says() {
    for seed in [1, 2, 3] {
        let outcomes = outcomes(PolicyKind::Intern, Form::Text, seed).await;
        let all: usize = outcomes.values().sum();
        let share = |outcome| outcomes.get(&outcome).copied().unwrap_or_default() * 100 / all;
        let right = share(Outcome::Correct);
        assert!((68..=77).contains(&right), "seed {seed}: {outcomes:?}");
        for outcome in [Outcome::Incomplete, Outcome::SideEffects, Outcome::Asked] {
            assert!(share(outcome) >= 2, "seed {seed}: {outcomes:?}");
        }
    }
}

#[tokio::test]
async fn each_policy_comes_to_what_its_line_says() {
    let (suite, _) = &*OFFICE;
    let all = suite.tasks.len();
    let nothing = suite
        .tasks
        .iter()
        .filter(|task| task.expects_no_change())
        .count();
    for (kind, expected) in [
        (PolicyKind::OracleTerse, vec![(Outcome::Correct, all)]),
        (PolicyKind::OverEager, vec![(Outcome::SideEffects, all)]),
        (
            PolicyKind::Noop,
            vec![
                (Outcome::Correct, nothing),
                (Outcome::Incomplete, all - nothing),
            ],
        ),
        (
            PolicyKind::AsksBack,
            vec![(Outcome::Correct, nothing), (Outcome::Asked, all - nothing)],
        ),
    ] {
        let outcomes: Vec<(Outcome, usize)> =
            outcomes(kind, Form::Native, 1).await.into_iter().collect();
        assert_eq!(outcomes, expected, "{kind}");
    }
    let outcomes = outcomes(PolicyKind::WrongTarget, Form::Native, 1).await;
    assert_eq!(outcomes[&Outcome::Correct], nothing, "{outcomes:?}");
    assert!(outcomes[&Outcome::SideEffects] > all / 2, "{outcomes:?}");
}

#[tokio::test]
async fn a_loop_goes_on_to_the_limit_of_steps() {
    let (suite, start) = &*OFFICE;
    let mut session = start.open().unwrap();
    for form in [Form::Text, Form::Native] {
        let done = work(
            &model(PolicyKind::Loops, 1),
            &mut session,
            &suite.tasks[0],
            form,
            None,
        )
        .await;
        assert_eq!(done.ending, AgentEnding::StepLimit);
        let (first, ..) = &done.diary.calls[0];
        assert!(done.diary.calls.iter().all(|(call, ..)| call == first));
    }
}

#[tokio::test]
async fn the_same_seed_says_the_same_words_and_another_seed_others() {
    let (suite, start) = &*OFFICE;
    let mut session = start.open().unwrap();
    let mut differing = 0;
    for kind in [
        PolicyKind::Oracle,
        PolicyKind::Intern,
        PolicyKind::Random(3),
    ] {
        let (one, two) = (model(kind, 1), model(kind, 9));
        for task in suite.tasks.iter().step_by(7) {
            let first = work(&one, &mut session, task, Form::Text, None).await;
            // The seed of the request counts, not the model's own.
            let again = work(&two, &mut session, task, Form::Text, Some(1)).await;
            assert_eq!(first.diary, again.diary, "{kind} {}", task.id);
            let other = work(&two, &mut session, task, Form::Text, None).await;
            differing += usize::from(first.diary != other.diary);
            assert!(
                kind == PolicyKind::Intern || first.diary == other.diary,
                "{kind} {}",
                task.id
            );
        }
    }
    assert!(differing > 10, "{differing}");
}

#[tokio::test]
async fn slips_that_are_mended_leave_refusals_and_a_right_outcome() {
    let (suite, start) = &*OFFICE;
    let mut session = start.open().unwrap();
    for form in [Form::Text, Form::Native] {
        let model = model(PolicyKind::Intern, 1);
        let mut mended = 0;
        for task in &suite.tasks {
            let done = work(&model, &mut session, task, form, None).await;
            let refused = done.diary.calls.iter().filter(|(_, ran, _)| !ran).count();
            let more = done.diary.replies.len() > done.diary.calls.len() + 1;
            mended +=
                usize::from(done.verdict.outcome == Outcome::Correct && (refused > 0 || more));
        }
        // 13 in 100 by the table.
        assert!((60..120).contains(&mended), "{form:?}: {mended}");
    }
}

/// An office whose tools all fail in one way.
struct Broken(Failing);

#[derive(Clone, Copy)]
enum Failing {
    Refuses,
    ShowsNothing,
}

impl Workplace for Broken {
    fn dialect(&self) -> Dialect {
        Dialect::Native
    }

    fn tools(&self) -> Vec<ToolSpec> {
        Vec::new()
    }

    fn call(&mut self, _: &str, _: &Json) -> Result<breakroom_agent::ToolOutcome, Fault> {
        Ok(match self.0 {
            Failing::Refuses => breakroom_agent::ToolOutcome::Refused(
                "the office is closed. Come back later!".into(),
            ),
            Failing::ShowsNothing => breakroom_agent::ToolOutcome::Done(
                json!({"total": 0, "page": 1, "pages": 0, "results": [], "matches": []}),
            ),
        })
    }
}

#[tokio::test]
async fn what_tools_do_not_show_is_looked_for_once_more_and_then_given_up() {
    let (suite, _) = &*OFFICE;
    let model = model(PolicyKind::Oracle, 1);
    for how in [Failing::Refuses, Failing::ShowsNothing] {
        let mut gave_up = 0;
        for task in suite
            .tasks
            .iter()
            .filter(|task| task.difficulty.reads > 0 && !task.expects_no_change())
        {
            let mut diary = Diary::default();
            let mut workplace = Broken(how);
            let episode = Episode {
                task: &task.prompt,
                clock: "",
                owner: "",
                limits: LIMITS,
                workplace: &mut workplace,
                observer: &mut diary,
            };
            let config = ModelConfig {
                model: &model,
                sampling: Sampling::default(),
            };
            let ending = run_react(config, episode).await.unwrap();
            let AgentEnding::Answered(answer) = ending else {
                panic!("{}: {ending:?}", task.id)
            };
            if answer.contains("I could not get on") {
                gave_up += 1;
                assert!(!answer.contains(['?', '!']), "{answer}");
                let (last, ..) = diary.calls.last().unwrap();
                assert_eq!(
                    diary.calls.iter().filter(|(call, ..)| call == last).count(),
                    2,
                    "{}",
                    task.id
                );
            }
            let writes = diary
                .calls
                .iter()
                .filter(|(call, ..)| native::find(&call.tool).unwrap().writes());
            assert!(
                matches!(how, Failing::ShowsNothing) || writes.count() == 0,
                "{}",
                task.id
            );
        }
        assert!(gave_up > suite.tasks.len() / 2, "{gave_up}");
    }
}

#[tokio::test]
async fn a_task_is_known_by_its_prompt_alone_or_within_other_words() {
    let (suite, _) = &*OFFICE;
    let model = model(PolicyKind::Oracle, 1);
    let task = &suite.tasks[0];
    let ask = async |text: String| {
        let messages = [Message::User { text }];
        let request = ChatRequest {
            messages: &messages,
            tools: &[],
            stop: &[],
            sampling: Sampling::default(),
            deadline: tokio::time::Instant::now() + Duration::from_secs(3600),
        };
        model.ask(request).await
    };
    let alone = ask(task.prompt.clone()).await.unwrap();
    let within = ask(format!(
        "You are an assistant.\n\nTask: {}\n\nBegin!",
        task.prompt
    ))
    .await
    .unwrap();
    assert_eq!(alone.text, within.text);
    assert!(within.usage.input > alone.usage.input);
    assert_eq!(alone.usage.input, task.prompt.len().div_ceil(4) as u64);
    let error = ask("Water the plants.".into()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Script);
    assert!(
        error
            .message
            .contains("no task of suite office-690 has the prompt \"Water the plants.\""),
        "{error}"
    );
}

#[test]
fn a_policy_needs_a_suite_and_is_opened_by_its_name() {
    let (suite, start) = &*OFFICE;
    let choice = |name: &str| Options::parse_from(["test", "--model", name]).choice;
    let opened = choice("scripted:oracle")
        .open(1, Some((suite, start)))
        .unwrap();
    assert_eq!(opened.name(), "scripted:oracle");
    let message = |name: &str, tasks| format!("{:#}", choice(name).open(1, tasks).err().unwrap());
    assert!(message("scripted:intern", None).contains("works on the tasks of a suite"));
    assert!(
        message("scripted:trainee", Some((suite, start))).contains("use one of intern, oracle, ")
    );
}

#[tokio::test]
async fn the_originals_tasks_are_played_as_they_are() {
    let place =
        std::env::var("BREAKROOM_WORKBENCH").unwrap_or_else(|_| "../shared/workbench".into());
    if !std::path::Path::new(&place).exists() {
        eprintln!("skipped: no data at BREAKROOM_WORKBENCH or its default");
        return;
    }
    let checkout = std::path::Path::new(&place);
    let suite = Arc::new(breakroom_tasks::workbench::import(checkout, None).unwrap());
    let start = InitialState::Workbench(Arc::new(read_office(checkout).unwrap()));
    let policy = Policy::new(PolicyKind::Oracle, &start, 1);
    for task in &suite.tasks {
        let mut exchanges = Vec::new();
        let answer = loop {
            match policy.next(task, &exchanges) {
                PolicyAction::Call(call) => exchanges.push(Exchange {
                    call: Some(call),
                    result: Err("text that is no data".into()),
                }),
                PolicyAction::Answer(answer) => break answer,
                PolicyAction::MalformedCall(call) => panic!("{call:?}"),
            }
        };
        assert!(!answer.is_empty());
        let made: Vec<String> = exchanges
            .iter()
            .map(|exchange| exchange.call.as_ref().unwrap().tool.replacen('_', ".", 1))
            .collect();
        assert_eq!(made.len(), task.outcomes[0].calls().count(), "{}", task.id);
    }
}
