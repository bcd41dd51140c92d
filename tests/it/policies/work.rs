//! How a policy works on a task of the suite, to its verdict.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use breakroom_agent::react::run_react;
use breakroom_agent::tools::run_tools;
use breakroom_agent::{
    AgentEnding, Episode, EpisodeEvent, EpisodeLimits, ModelConfig, Observer, SessionWorkplace,
    ToolSelection,
};
use breakroom_model::chat::Sampling;
use breakroom_policy::model::PolicyModel;
use breakroom_policy::{Policy, PolicyKind};
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::{Call, Task};
use breakroom_tasks::verdict::{self, Outcome, Verdict};
use breakroom_tools::session::{InitialState, ToolSession};

pub static OFFICE: LazyLock<(Arc<Suite>, InitialState)> = LazyLock::new(|| {
    let world = World::office();
    let suite = Suite::office_690().unwrap();
    (Arc::new(suite), InitialState::Native(world))
});

pub const LIMITS: EpisodeLimits = EpisodeLimits {
    steps: 40,
    time: Duration::from_secs(3600),
    reply: Duration::from_secs(3600),
    context: None,
};

/// What was called, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diary {
    pub calls: Vec<(Call, bool, String)>,
    pub replies: Vec<String>,
}

impl Observer for Diary {
    fn on_event(&mut self, event: EpisodeEvent<'_>) {
        match event {
            EpisodeEvent::ToolCalled {
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
            EpisodeEvent::ModelReplied { reply } => self.replies.push(format!("{reply:?}")),
            _ => {}
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Form {
    Text,
    Native,
}

pub struct Done {
    pub verdict: Verdict,
    pub ending: AgentEnding,
    pub diary: Diary,
}

/// Works on one task to its verdict.
pub async fn work(
    model: &PolicyModel,
    session: &mut ToolSession,
    task: &Task,
    form: Form,
    seed: Option<u64>,
) -> Done {
    let (_, start) = &*OFFICE;
    session.reset().unwrap();
    let mut diary = Diary::default();
    let selection = ToolSelection::Domains(task.domains.clone());
    let (clock, owner) = (start.clock(), start.owner());
    let mut workplace = SessionWorkplace {
        session,
        selection: &selection,
    };
    let episode = Episode {
        task: &task.prompt,
        clock: &clock,
        owner: &owner,
        limits: LIMITS,
        workplace: &mut workplace,
        observer: &mut diary,
    };
    let config = ModelConfig {
        model,
        sampling: Sampling {
            seed,
            ..Sampling::default()
        },
    };
    let ending = match form {
        Form::Text => run_react(config, episode).await,
        Form::Native => run_tools(config, episode).await,
    };
    let ending = ending.unwrap();
    let answer = match &ending {
        AgentEnding::Answered(answer) => Some(answer.as_str()),
        _ => None,
    };
    let tools: Vec<&str> = diary
        .calls
        .iter()
        .map(|(call, ..)| call.tool.as_str())
        .collect();
    let view = verdict::EpisodeEnding {
        answer,
        tools: &tools,
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

pub fn model(kind: PolicyKind, seed: u64) -> PolicyModel {
    let (suite, start) = &*OFFICE;
    PolicyModel::new(Policy::new(kind, start, seed), suite)
}

pub async fn outcomes(kind: PolicyKind, form: Form, seed: u64) -> BTreeMap<Outcome, usize> {
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
