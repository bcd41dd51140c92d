//! The way from a request to its answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use breakroom_tasks::suite::Suite;
use breakroom_tools::session::InitialState;
use chrono::NaiveDateTime;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::asked::Asked;
use super::damage;
use super::draft::Scene;
use super::events::{Event, Reach, stream_of, whole};
use super::faults::{Fault, Faults, Place, Setting};
use super::forms::{Form, Problem, ProblemKind};
use super::log::{Entry, Log};
use super::memory::Memory;
use super::react::Style;
use super::speech::{Speech, id_of};
use breakroom_model::chat::{Message, Usage};
use breakroom_policy::model::{PolicyModel, Turn, letters_read, tokens};
use breakroom_policy::{Kind, Policy};

/// What the model is called where nothing else is said.
pub const MODEL_NAME: &str = "breakroom-scripted";

/// What the server is like.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it calls its model.
    pub name: String,
    /// What the model does.
    pub policy: Kind,
    /// What goes wrong.
    pub faults: Vec<Setting>,
    /// How often each kind of fault happens in one conversation at the most.
    pub fault_limit: u32,
    /// From which all that is random is drawn.
    pub seed: u64,
    /// The most calls of one reply.
    pub most_calls: usize,
    /// The seconds of `Retry-After`.
    pub retry_after: u64,
    /// How long a reply that times out is held back.
    pub hold: Duration,
    /// A new file for every request and reply.
    pub log: Option<PathBuf>,
}

impl Settings {
    /// A server that plays this policy, with no faults and no log.
    pub fn of(policy: Kind) -> Settings {
        Settings {
            name: MODEL_NAME.to_owned(),
            policy,
            faults: Vec::new(),
            fault_limit: 1,
            seed: 1,
            most_calls: 1,
            retry_after: 1,
            hold: Duration::from_secs(600),
            log: None,
        }
    }
}

/// The server, before it listens.
pub struct Service {
    model: PolicyModel,
    settings: Settings,
    /// The office's time, in seconds since 1970.
    created: i64,
    faults: Faults,
    log: Option<Log>,
    memory: Memory,
    requests: AtomicU64,
    stopping: watch::Sender<bool>,
}

/// What a request comes to, before it is sent.
enum Sent {
    Whole(Json),
    Stream(Vec<Event>),
    Problem(Problem),
    /// Nothing for long.
    Silence,
}

impl Service {
    /// A model for the tasks of a suite, in the office where their sessions start.
    ///
    /// # Errors
    /// The log is there already or cannot be written.
    pub fn new(settings: Settings, suite: &Arc<Suite>, start: &InitialState) -> Result<Service> {
        let clock = start.clock();
        let created = NaiveDateTime::parse_from_str(&clock, "%Y-%m-%d %H:%M:%S")
            .with_context(|| format!("the office's clock {clock:?} is no time"))?;
        let policy = Policy::new(settings.policy, start, settings.seed);
        Ok(Service {
            model: PolicyModel::new(policy, suite),
            created: created.and_utc().timestamp(),
            faults: Faults::new(settings.faults.clone(), settings.seed, settings.fault_limit),
            log: settings.log.as_deref().map(Log::begin).transpose()?,
            settings,
            memory: Memory::default(),
            requests: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
        })
    }

    /// What it calls its model.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Lets go of replies that are held back.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Answers a request, and keeps it in the log.
    pub(super) async fn answer(&self, form: Form, body: &[u8]) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let request: Json = serde_json::from_slice(body)
            .unwrap_or_else(|_| Json::from(String::from_utf8_lossy(body)));
        let mut entry = Entry::of(number, form.path(), &request);
        let sent = self
            .sent(form, &request, &mut entry)
            .unwrap_or_else(Sent::Problem);
        let fault = entry.fault;
        match &sent {
            Sent::Silence => {}
            Sent::Problem(problem) => {
                entry.answered(problem.kind.status(), form.problem(problem));
            }
            Sent::Whole(reply) => entry.answered(StatusCode::OK, reply.clone()),
            Sent::Stream(events) => {
                let data = events.iter().map(|event| Json::from(event.data.as_str()));
                entry.answered(StatusCode::OK, data.collect());
            }
        }
        // What cannot be logged is not answered.
        let sent = match self.log.as_ref().map_or(Ok(()), |log| log.write(&entry)) {
            Ok(()) => sent,
            Err(error) => {
                eprintln!("error: {error:#}");
                let message = "the log cannot be written any more";
                Sent::Problem(Problem::of(ProblemKind::Server, message))
            }
        };
        self.send(form, sent, fault).await
    }

    async fn send(&self, form: Form, sent: Sent, fault: Option<Fault>) -> Response {
        let reach = match fault {
            Some(Fault::Cut) => Reach::CutOff,
            _ => Reach::Whole,
        };
        match sent {
            Sent::Whole(reply) => whole(StatusCode::OK, reply.to_string(), reach),
            Sent::Stream(events) => stream_of(&events, reach),
            Sent::Problem(problem) => {
                let mut response = form.refusal(&problem);
                if problem.kind == ProblemKind::RateLimit {
                    let headers = response.headers_mut();
                    headers.insert(RETRY_AFTER, self.settings.retry_after.into());
                }
                response
            }
            Sent::Silence => {
                self.hold().await;
                form.refusal(&Problem::of(ProblemKind::Late, "no reply was made in time"))
            }
        }
    }

    /// What is said next, and what a fault makes of it. The entry is told what the request is about.
    fn sent<'a>(
        &'a self,
        form: Form,
        request: &Json,
        entry: &mut Entry<'a>,
    ) -> Result<Sent, Problem> {
        let asked = self.memory.continued(form.read(request)?)?;
        let turn = self.model.turn(&asked.messages, asked.seed);
        let turn = turn.map_err(Problem::invalid)?;
        let place = Place {
            conversation: conversation(&asked, &turn),
            step: step(&asked),
        };
        entry.task = Some(&turn.task.id);
        entry.step = Some(place.step);
        let scene = Scene {
            model: &self.model,
            turn: &turn,
            asked: &asked,
            style: Style::of(&asked),
            most_calls: self.settings.most_calls,
        };
        let mut draft = scene.draft();
        entry.fault = self.faults.strike(&place, |fault| {
            let mut damaged = draft.clone();
            let done = damage::apply(fault, &mut damaged, &scene);
            if done {
                draft = damaged;
            }
            done
        });
        if entry.fault == Some(Fault::Timeout) {
            return Ok(Sent::Silence);
        }
        if let Some(problem) = entry.fault.and_then(damage::problem) {
            return Err(problem);
        }
        let count = asked.messages.len().to_string();
        let name = |part: &str| id_of(&[&place.conversation, &count, part]);
        let speech = self.signed(scene.speech(draft, name), &asked, name("reply"));
        if form == Form::Responses {
            self.memory.keep(&asked.messages, &speech);
        }
        Ok(if asked.stream {
            Sent::Stream(form.events(&speech, &asked))
        } else {
            Sent::Whole(form.whole(&speech))
        })
    }

    /// A reply with all that stands beside what is said.
    fn signed(&self, speech: Speech, asked: &Asked, id: String) -> Speech {
        let said = speech.refusal.as_ref().unwrap_or(&speech.text);
        let calls = speech
            .calls
            .iter()
            .map(|call| call.tool.len() + call.arguments.len());
        let written = said.len() + calls.sum::<usize>();
        Speech {
            usage: Usage {
                input: tokens(letters_read(&asked.messages, &asked.tools)),
                cached: 0,
                output: tokens(written),
            },
            model: asked
                .model
                .clone()
                .unwrap_or_else(|| self.settings.name.clone()),
            id,
            created: self.created,
            ..speech
        }
    }

    /// Waits as long as a reply is held back, or until the server stops.
    async fn hold(&self) {
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            () = tokio::time::sleep(self.settings.hold) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    /// The list of models.
    pub(super) fn models(&self) -> Json {
        json!({"object": "list", "data": [self.model_named(&self.settings.name)]})
    }

    /// A model of that name, as the list has it.
    pub(super) fn model_named(&self, name: &str) -> Json {
        json!({"id": name, "object": "model", "created": self.created, "owned_by": "breakroom"})
    }
}

/// Replies that came before.
fn step(asked: &Asked) -> usize {
    let replies = asked.messages.iter();
    replies
        .filter(|message| matches!(message, Message::Assistant { .. }))
        .count()
}

/// What a conversation is known by.
fn conversation(asked: &Asked, turn: &Turn<'_>) -> String {
    let seed = asked.seed.map(|seed| seed.to_string()).unwrap_or_default();
    let user = asked.user.as_deref().unwrap_or_default();
    format!("{} {seed} {user}", turn.task.id)
}
