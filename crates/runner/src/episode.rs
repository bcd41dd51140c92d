//! One agent at work on one task, and the verdict.

use std::time::{Duration, Instant};

use breakroom_tasks::judge::Judge;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{self, Verdict};
use breakroom_tools::session::Start;

use crate::agents::Worker;
use crate::recording::RecordingWorkplace;
use breakroom_agent::{AgentError, Ending, Episode, Limits, SessionWorkplace};
use breakroom_gateway::chaos::{Chaos, Disturber};
use breakroom_model::prices::Price;
use breakroom_record::errors::{self, Evidence};
use breakroom_record::record::{EndingKind, EndingRecord, EpisodeRecord, FORMAT_VERSION, Timings};
use breakroom_record::settings::Settings;
use breakroom_record::trace::{self, CallEffects, Line, Recorder};
use breakroom_record::writer::Finished;

/// What every episode of a run shares.
pub struct Stage {
    /// Where sessions start.
    pub start: Start,
    /// What time it is there.
    pub clock: String,
    /// Whose office it is.
    pub owner: String,
    /// What decides the results.
    pub settings: Settings,
    /// Time for one reply.
    pub reply_time: Duration,
    /// Who works.
    pub worker: Worker,
    /// What the model costs.
    pub price: Option<Price>,
    /// What disturbs calls.
    pub chaos: Option<Chaos>,
}

/// Plays one episode to its verdict. Faults are outcomes, not errors.
pub async fn play(stage: &Stage, task: &Task, trial: u32) -> Finished {
    let mut played = Played::new(stage, task, trial);
    let worked = work(stage, task, trial, &mut played).await;
    let (ending, verdict) = worked.unwrap_or_else(|error| {
        let kind = match error {
            AgentError::Model(_) => EndingKind::ProviderFault,
            AgentError::Session(_) | AgentError::Program(_) => EndingKind::HarnessFault,
        };
        fault(task, kind, format!("{:#}", anyhow::Error::from(error)))
    });
    played.finish(stage, task, trial, ending, verdict)
}

/// An episode whose own code broke: a fault of the harness.
pub fn broken(stage: &Stage, task: &Task, trial: u32, error: &str) -> Finished {
    let text = format!("the harness broke: {error}");
    let (ending, verdict) = fault(task, EndingKind::HarnessFault, text);
    Played::new(stage, task, trial).finish(stage, task, trial, ending, verdict)
}

fn fault(task: &Task, kind: EndingKind, text: String) -> (EndingRecord, Verdict) {
    let verdict = Verdict::fault(&task.id, &text);
    let text = Some(text);
    (EndingRecord { kind, text }, verdict)
}

/// What is kept of an episode while it is played.
struct Played {
    began: Instant,
    recorder: Recorder,
    steps: Vec<CallEffects>,
    right_after: Option<u32>,
}

impl Played {
    fn new(stage: &Stage, task: &Task, trial: u32) -> Played {
        let settings = &stage.settings;
        let model = settings.model.as_deref();
        Played {
            began: Instant::now(),
            recorder: Recorder::new(trace::first(task, trial, &settings.agent, model)),
            steps: Vec::new(),
            right_after: None,
        }
    }

    fn finish(
        self,
        stage: &Stage,
        task: &Task,
        trial: u32,
        ending: EndingRecord,
        verdict: Verdict,
    ) -> Finished {
        let recorder = self.recorder;
        let mut record = EpisodeRecord {
            format_version: FORMAT_VERSION,
            task: task.id.clone(),
            trial,
            template: task.template.clone(),
            domains: task.domains.clone(),
            outcome: verdict.outcome,
            ending,
            class: None,
            marks: Vec::new(),
            steps: recorder.steps,
            calls: recorder.tools.len(),
            refused: recorder.refused,
            disturbed: self
                .steps
                .iter()
                .filter(|step| step.disturbed.is_some())
                .count(),
            usage: trace::usage(recorder.usage),
            cost: stage.price.map(|price| price.of(recorder.usage)),
            trace: trace::file_name(task, trial),
            timings: Timings {
                total_ms: trace::since(self.began),
                model_ms: trace::milliseconds(recorder.model_time),
                tools_ms: trace::milliseconds(recorder.tool_time),
            },
            verdict,
        };
        let mut trace = recorder.finish(self.steps);
        record.marks = errors::classify(&Evidence {
            verdict: &record.verdict,
            ending: &record.ending,
            trace: &trace,
            owner: &stage.owner,
            right_after: self.right_after,
        });
        record.class = record.marks.first().map(|mark| mark.class);
        trace.push(Line::Ended {
            ending: record.ending.clone(),
            verdict: Box::new(record.verdict.clone()),
        });
        Finished { record, trace }
    }
}

async fn work(
    stage: &Stage,
    task: &Task,
    trial: u32,
    played: &mut Played,
) -> Result<(EndingRecord, Verdict), AgentError> {
    let mut session = stage.start.open()?;
    let offer = stage.settings.tools.offer(task);
    let inner = SessionWorkplace {
        session: &mut session,
        offer: &offer,
    };
    let disturber = stage.chaos.as_ref();
    let disturber = disturber.map(|chaos| Disturber::for_episode(chaos, &task.id, trial));
    let mut workplace = RecordingWorkplace::new(inner, disturber);
    let episode = Episode {
        task: &task.prompt,
        clock: &stage.clock,
        owner: &stage.owner,
        limits: limits(stage),
        workplace: &mut workplace,
        observer: &mut played.recorder,
    };
    let worked = stage
        .worker
        .work(task, trial, &stage.settings, episode)
        .await;
    played.steps = std::mem::take(&mut workplace.steps);
    let history = std::mem::take(&mut workplace.history);
    let ending = ending_record(worked?);
    let judge = Judge::new(&stage.start, task)?;
    let judge = judge
        .with_rules(stage.settings.rules)
        .map_err(|error| AgentError::Program(error.to_string()))?;
    let said = ending
        .text
        .as_deref()
        .filter(|_| ending.kind == EndingKind::Answered);
    let tools = played.recorder.tools.iter();
    let tools: Vec<&str> = tools.map(String::as_str).collect();
    let view = verdict::Ending {
        answer: said,
        tools: &tools,
        fault: None,
    };
    let verdict = judge.judge(&session, &view)?;
    if verdict.outcome != verdict::Outcome::Correct {
        let mut right = history.iter().filter(|(_, found)| judge.is_reached(found));
        played.right_after = right.next().map(|(call, _)| *call);
    }
    Ok((ending, verdict))
}

fn limits(stage: &Stage) -> Limits {
    Limits {
        steps: stage.settings.max_steps,
        time: Duration::from_secs(stage.settings.timeout),
        reply: stage.reply_time,
        context: stage.settings.max_context,
    }
}

fn ending_record(ending: Ending) -> EndingRecord {
    let (kind, text) = match ending {
        Ending::Answered(text) => (EndingKind::Answered, Some(text)),
        Ending::StepLimit => (EndingKind::StepLimit, None),
        Ending::TimeLimit => (EndingKind::TimeLimit, None),
        Ending::ContextLimit => (EndingKind::ContextLimit, None),
        Ending::ModelRefused(text) => (EndingKind::ModelRefused, Some(text)),
        Ending::ProgramFailed(text) => (EndingKind::ProgramFailed, Some(text)),
        Ending::ProgramGaveUp(text) => (EndingKind::ProgramGaveUp, Some(text)),
    };
    EndingRecord { kind, text }
}
