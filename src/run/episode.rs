//! One agent at work on one task, and the verdict.

use std::time::{Duration, Instant};

use breakroom_tasks::judge::Judge;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{self, Verdict};
use breakroom_tools::session::Start;
use serde_json::json;

use super::agents::Worker;
use super::record::{EndingKind, EndingRecord, EpisodeRecord, FORMAT_VERSION, Timings};
use super::settings::{Settings, ToolChoice};
use super::trace::{self, Line, Noting, Recorder};
use crate::agent::{AgentError, Ending, Episode, Limits, Offer, SessionWorkplace};
use crate::model::prices::Price;

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
}

/// A finished episode.
pub struct Finished {
    /// Its line.
    pub record: EpisodeRecord,
    /// Its trace.
    pub trace: Vec<Line>,
}

/// Plays one episode to its verdict. Faults are outcomes, not errors.
pub async fn play(stage: &Stage, task: &Task, trial: u32) -> Finished {
    let began = Instant::now();
    let mut recorder = Recorder::new(trace::first(
        task,
        trial,
        &stage.settings.agent,
        stage.settings.model.as_deref(),
    ));
    let mut steps = Vec::new();
    let worked = work(stage, task, trial, &mut recorder, &mut steps).await;
    let (ending, verdict) = worked.unwrap_or_else(|error| {
        let kind = match error {
            AgentError::Model(_) => EndingKind::ProviderFault,
            AgentError::Session(_) | AgentError::Program(_) => EndingKind::HarnessFault,
        };
        let text = format!("{:#}", anyhow::Error::from(error));
        let verdict = Verdict::fault(&task.id, &text);
        (
            EndingRecord {
                kind,
                text: Some(text),
            },
            verdict,
        )
    });
    let record = EpisodeRecord {
        format_version: FORMAT_VERSION,
        task: task.id.clone(),
        trial,
        template: task.template.clone(),
        domains: task.domains.clone(),
        outcome: verdict.outcome,
        ending: ending.clone(),
        steps: recorder.steps,
        calls: recorder.calls.len(),
        refused: recorder.refused,
        usage: trace::usage(recorder.usage),
        cost: stage.price.map(|price| price.of(recorder.usage)),
        trace: trace_file(task, trial),
        timings: Timings {
            total_ms: trace::since(began),
            model_ms: trace::milliseconds(recorder.model_time),
            tools_ms: trace::milliseconds(recorder.tool_time),
        },
        verdict,
    };
    let last = Line::Ended {
        ending,
        verdict: json!(record.verdict),
    };
    Finished {
        trace: recorder.finish(steps, last),
        record,
    }
}

async fn work(
    stage: &Stage,
    task: &Task,
    trial: u32,
    recorder: &mut Recorder,
    steps: &mut Vec<Vec<trace::RowStep>>,
) -> Result<(EndingRecord, Verdict), AgentError> {
    let mut session = stage.start.open()?;
    let offer = match stage.settings.tools {
        ToolChoice::All => Offer::All,
        ToolChoice::Domain => Offer::Domains(task.domains.clone()),
    };
    let mut workplace = Noting::new(SessionWorkplace {
        session: &mut session,
        offer: &offer,
    });
    let episode = Episode {
        task: &task.prompt,
        clock: &stage.clock,
        owner: &stage.owner,
        limits: limits(stage),
        workplace: &mut workplace,
        observer: recorder,
    };
    let worked = stage
        .worker
        .work(task, trial, &stage.settings, episode)
        .await;
    *steps = std::mem::take(&mut workplace.steps);
    let ending = ending_record(worked?);
    let judge = Judge::new(&stage.start, task)?;
    let judge = judge
        .with_rules(stage.settings.rules)
        .map_err(|error| AgentError::Program(error.to_string()))?;
    let said = ending
        .text
        .as_deref()
        .filter(|_| ending.kind == EndingKind::Answered);
    let view = verdict::Ending {
        answer: said,
        calls: &recorder.calls,
        fault: None,
    };
    let verdict = judge.judge(&session, &view)?;
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

/// Where an episode's trace lies, below the run's folder.
pub fn trace_file(task: &Task, trial: u32) -> String {
    format!("traces/{}.{trial}.jsonl", task.id)
}

fn ending_record(ending: Ending) -> EndingRecord {
    let (kind, text) = match ending {
        Ending::Answered(text) => (EndingKind::Answered, Some(text)),
        Ending::StepLimit => (EndingKind::StepLimit, None),
        Ending::TimeLimit => (EndingKind::TimeLimit, None),
        Ending::ContextLimit => (EndingKind::ContextLimit, None),
        Ending::ModelRefused(text) => (EndingKind::ModelRefused, Some(text)),
        Ending::ProgramFailed(text) => (EndingKind::ProgramFailed, Some(text)),
    };
    EndingRecord { kind, text }
}
