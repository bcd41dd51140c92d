//! Plays one episode: one agent at work on one task, and the verdict.

use std::time::{Duration, Instant};

use breakroom_tasks::judge::Judge;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{self, Verdict};
use breakroom_tools::session::InitialState;

use crate::agents::Agent;
use crate::recording::RecordingWorkplace;
use breakroom_agent::{AgentEnding, AgentError, Episode, EpisodeLimits, SessionWorkplace};
use breakroom_gateway::chaos::{Chaos, Disturber};
use breakroom_model::prices::Price;
use breakroom_record::errors::{self, Evidence};
use breakroom_record::record::{EndingKind, EndingRecord, EpisodeRecord, FORMAT_VERSION, Timings};
use breakroom_record::settings::RunSettings;
use breakroom_record::trace::{self, CallEffects, TraceEvent, TraceRecorder};
use breakroom_record::writer::FinishedEpisode;

/// What all episodes of a run share.
pub struct RunContext {
    /// Where sessions start.
    pub start: InitialState,
    /// The office's time when a session starts.
    pub clock: String,
    /// The owner of the office.
    pub owner: String,
    /// The settings that determine the results.
    pub settings: RunSettings,
    /// The time limit for one reply of the model.
    pub reply_time: Duration,
    /// The agent that works.
    pub agent: Agent,
    /// The model's price, if it is known.
    pub price: Option<Price>,
    /// What disturbs calls, if anything does.
    pub chaos: Option<Chaos>,
}

/// Plays one episode to its verdict. Faults are outcomes, not errors.
pub async fn play(context: &RunContext, task: &Task, trial: u32) -> FinishedEpisode {
    let mut progress = EpisodeProgress::new(context, task, trial);
    let worked = work(context, task, trial, &mut progress).await;
    let (ending, verdict) = worked.unwrap_or_else(|error| {
        let kind = match error {
            AgentError::Model(_) => EndingKind::ProviderFault,
            AgentError::Session(_) | AgentError::Program(_) => EndingKind::HarnessFault,
        };
        fault(task, kind, format!("{:#}", anyhow::Error::from(error)))
    });
    progress.finish(context, task, trial, ending, verdict)
}

/// The record of an episode whose code panicked: a fault of the harness.
pub fn broken(context: &RunContext, task: &Task, trial: u32, error: &str) -> FinishedEpisode {
    let text = format!("the harness broke: {error}");
    let (ending, verdict) = fault(task, EndingKind::HarnessFault, text);
    EpisodeProgress::new(context, task, trial).finish(context, task, trial, ending, verdict)
}

fn fault(task: &Task, kind: EndingKind, text: String) -> (EndingRecord, Verdict) {
    let verdict = Verdict::fault(&task.id, &text);
    let text = Some(text);
    (EndingRecord { kind, text }, verdict)
}

/// What is recorded of an episode while it is played.
struct EpisodeProgress {
    began: Instant,
    recorder: TraceRecorder,
    effects: Vec<CallEffects>,
    right_after: Option<u32>,
}

impl EpisodeProgress {
    fn new(context: &RunContext, task: &Task, trial: u32) -> EpisodeProgress {
        let settings = &context.settings;
        let model = settings.model.as_deref();
        EpisodeProgress {
            began: Instant::now(),
            recorder: TraceRecorder::new(trace::first_event(task, trial, &settings.agent, model)),
            effects: Vec::new(),
            right_after: None,
        }
    }

    fn finish(
        self,
        context: &RunContext,
        task: &Task,
        trial: u32,
        ending: EndingRecord,
        verdict: Verdict,
    ) -> FinishedEpisode {
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
                .effects
                .iter()
                .filter(|effects| effects.disturbed.is_some())
                .count(),
            usage: trace::usage_record(recorder.usage),
            cost: context.price.map(|price| price.cost(recorder.usage)),
            trace: trace::file_name(task, trial),
            timings: Timings {
                total_ms: trace::milliseconds_since(self.began),
                model_ms: trace::milliseconds(recorder.model_time),
                tools_ms: trace::milliseconds(recorder.tool_time),
            },
            verdict,
        };
        let mut trace = recorder.finish(self.effects);
        record.marks = errors::classify(&Evidence {
            verdict: &record.verdict,
            ending: &record.ending,
            trace: &trace,
            owner: &context.owner,
            right_after: self.right_after,
        });
        record.class = record.marks.first().map(|mark| mark.class);
        trace.push(TraceEvent::Ended {
            ending: record.ending.clone(),
            verdict: Box::new(record.verdict.clone()),
        });
        FinishedEpisode { record, trace }
    }
}

async fn work(
    context: &RunContext,
    task: &Task,
    trial: u32,
    progress: &mut EpisodeProgress,
) -> Result<(EndingRecord, Verdict), AgentError> {
    let mut session = context.start.open()?;
    let selection = context.settings.tools.selection(task);
    let inner = SessionWorkplace {
        session: &mut session,
        selection: &selection,
    };
    let disturber = context.chaos.as_ref();
    let disturber = disturber.map(|chaos| Disturber::for_episode(chaos, &task.id, trial));
    let mut workplace = RecordingWorkplace::new(inner, disturber);
    let episode = Episode {
        task: &task.prompt,
        clock: &context.clock,
        owner: &context.owner,
        limits: limits(context),
        workplace: &mut workplace,
        observer: &mut progress.recorder,
    };
    let worked = context
        .agent
        .work(task, trial, &context.settings, episode)
        .await;
    progress.effects = std::mem::take(&mut workplace.effects);
    let history = std::mem::take(&mut workplace.history);
    let ending = ending_record(worked?);
    let judge = Judge::new(&context.start, task)?;
    let judge = judge
        .with_rules(context.settings.rules)
        .map_err(|error| AgentError::Program(error.to_string()))?;
    let said = ending
        .text
        .as_deref()
        .filter(|_| ending.kind == EndingKind::Answered);
    let tools = progress.recorder.tools.iter();
    let tools: Vec<&str> = tools.map(String::as_str).collect();
    let view = verdict::EpisodeEnding {
        answer: said,
        tools: &tools,
        fault: None,
    };
    let verdict = judge.judge(&session, &view)?;
    if !verdict.outcome.is_correct() {
        let mut right = history
            .iter()
            .filter(|(_, found)| judge.matches_an_outcome(found));
        progress.right_after = right.next().map(|(call, _)| *call);
    }
    Ok((ending, verdict))
}

fn limits(context: &RunContext) -> EpisodeLimits {
    EpisodeLimits {
        steps: context.settings.max_steps,
        time: Duration::from_secs(context.settings.timeout),
        reply: context.reply_time,
        context: context.settings.max_context,
    }
}

fn ending_record(ending: AgentEnding) -> EndingRecord {
    let (kind, text) = match ending {
        AgentEnding::Answered(text) => (EndingKind::Answered, Some(text)),
        AgentEnding::StepLimit => (EndingKind::StepLimit, None),
        AgentEnding::TimeLimit => (EndingKind::TimeLimit, None),
        AgentEnding::ContextLimit => (EndingKind::ContextLimit, None),
        AgentEnding::ModelRefused(text) => (EndingKind::ModelRefused, Some(text)),
        AgentEnding::ProgramFailed(text) => (EndingKind::ProgramFailed, Some(text)),
        AgentEnding::ProgramGaveUp(text) => (EndingKind::ProgramGaveUp, Some(text)),
    };
    EndingRecord { kind, text }
}
