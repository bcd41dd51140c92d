//! Policies at work on the suite that ships: in text ReAct and by native calls, to their verdicts.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use breakroom::agent::{
    Ending, Episode, Event, Limits, Mind, Observer, Offer, SessionWorkplace, react, tools,
};
use breakroom::model::chat::Sampling;
use breakroom::policy::model::PolicyModel;
use breakroom::policy::{Kind, Policy};
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::template::Templates;
use breakroom_tasks::verdict::{self, Outcome, Verdict};
use breakroom_tools::native;
use breakroom_tools::session::{Session, Start};

static OFFICE: LazyLock<(Arc<Suite>, Start)> = LazyLock::new(|| {
    let world = World::office();
    let suite = Suite::generate("office", &world, &Templates::shipped().unwrap(), 1).unwrap();
    (Arc::new(suite), Start::Native(world))
});

/// What was called, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Diary {
    calls: Vec<(Call, bool, String)>,
    replies: Vec<String>,
}

impl Observer for Diary {
    fn saw(&mut self, event: Event<'_>) {
        match event {
            Event::Called {
                tool,
                arguments,
                outcome,
                ..
            } => {
                let call = Call {
                    tool: tool.to_owned(),
                    arguments: arguments.clone(),
                };
                self.calls
                    .push((call, !outcome.is_refused(), outcome.text()));
            }
            Event::Replied { reply } => self.replies.push(format!("{reply:?}")),
            _ => {}
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Native,
}

struct Done {
    verdict: Verdict,
    ending: Ending,
    diary: Diary,
}

/// Works on one task to its verdict.
async fn work(
    model: &PolicyModel,
    session: &mut Session,
    task: &Task,
    form: Form,
    seed: Option<u64>,
) -> Done {
    let (_, start) = &*OFFICE;
    session.reset().unwrap();
    let mut diary = Diary::default();
    let offer = Offer::Domains(task.domains.clone());
    let (clock, owner) = (start.clock(), start.owner());
    let mut workplace = SessionWorkplace {
        session,
        offer: &offer,
    };
    let episode = Episode {
        task: &task.prompt,
        clock: &clock,
        owner: &owner,
        limits: Limits {
            steps: 40,
            time: Duration::from_secs(3600),
            reply: Duration::from_secs(3600),
            context: None,
        },
        workplace: &mut workplace,
        observer: &mut diary,
    };
    let mind = Mind {
        model,
        sampling: Sampling {
            seed,
            ..Sampling::default()
        },
    };
    let ending = match form {
        Form::Text => react(mind, episode).await,
        Form::Native => tools(mind, episode).await,
    };
    let ending = ending.unwrap();
    let answer = match &ending {
        Ending::Answered(answer) => Some(answer.as_str()),
        _ => None,
    };
    let calls: Vec<Call> = diary.calls.iter().map(|(call, ..)| call.clone()).collect();
    let view = verdict::Ending {
        answer,
        calls: &calls,
        fault: None,
    };
    let verdict = Judge::new(start, task)
        .unwrap()
        .judge(session, &view)
        .unwrap();
    Done {
        verdict,
        ending,
        diary,
    }
}

fn model(kind: Kind, seed: u64) -> PolicyModel {
    let (suite, start) = &*OFFICE;
    PolicyModel::new(Policy::new(kind, start, seed), suite)
}

async fn outcomes(kind: Kind, form: Form, seed: u64) -> BTreeMap<Outcome, usize> {
    let (suite, start) = &*OFFICE;
    let model = model(kind, seed);
    let mut session = start.open().unwrap();
    let mut outcomes = BTreeMap::new();
    for task in &suite.tasks {
        let done = work(&model, &mut session, task, form, None).await;
        *outcomes.entry(done.verdict.outcome).or_default() += 1;
    }
    outcomes
}

/// Ids and addresses that a call changes something with and that neither the prompt nor an earlier result has.
fn out_of_nowhere(task: &Task, diary: &Diary) -> Vec<String> {
    let (_, start) = &*OFFICE;
    let Start::Native(world) = start else {
        unreachable!("the office is native")
    };
    let mut seen = task.prompt.clone();
    let mut wrong = Vec::new();
    for (call, _, result) in &diary.calls {
        if native::find(&call.tool).is_ok_and(|tool| tool.writes) {
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
    let model = model(Kind::Oracle, 1);
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
            .filter(|(call, ..)| !native::find(&call.tool).unwrap().writes);
        if reads.count() > task.difficulty.reads + 4 {
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
