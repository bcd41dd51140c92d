//! Answers requests: from the HTTP body to the reply.

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

use super::api::Api;
use super::call_style::CallStyle;
use super::conversation_store::ConversationStore;
use super::exchange_log::{ExchangeLog, ExchangeLogEntry};
use super::fault_effects;
use super::fault_injector::{FaultInjector, ReplyPosition};
use super::faults::{FaultSetting, ReplyFault};
use super::http_response::{Delivery, ServerSentEvent, stream_of, whole};
use super::model_reply::{ModelReply, id_of};
use super::model_request::ModelRequest;
use super::reply_draft::ReplyContext;
use super::request_error::{RequestError, RequestErrorKind};
use breakroom_model::chat::{Message, Usage};
use breakroom_policy::model::{PolicyModel, PolicyTurn, estimate_tokens, input_chars};
use breakroom_policy::{Policy, PolicyKind};

/// The model's default name.
pub const MODEL_NAME: &str = "breakroom-scripted";

/// The server's settings.
#[derive(Clone, Debug)]
pub struct ModelServerSettings {
    /// The model's name.
    pub name: String,
    /// The policy that the model plays.
    pub policy: PolicyKind,
    /// The faults to mix in.
    pub faults: Vec<FaultSetting>,
    /// How often each kind of fault happens in one conversation at most.
    pub fault_limit: u32,
    /// The seed of everything random.
    pub seed: u64,
    /// How many calls one reply may have.
    pub most_calls: usize,
    /// The seconds of `Retry-After`.
    pub retry_after: u64,
    /// How long a reply that times out is held back.
    pub hold: Duration,
    /// A new file for every request and reply.
    pub log: Option<PathBuf>,
}

impl ModelServerSettings {
    /// A server that plays this policy, without faults and without a log.
    pub fn of(policy: PolicyKind) -> ModelServerSettings {
        ModelServerSettings {
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
pub struct ModelService {
    model: PolicyModel,
    settings: ModelServerSettings,
    /// The office's time, in seconds since 1970.
    created: i64,
    faults: FaultInjector,
    log: Option<ExchangeLog>,
    memory: ConversationStore,
    requests: AtomicU64,
    stopping: watch::Sender<bool>,
}

/// An answer before it is sent.
enum PreparedReply {
    Whole(Json),
    Stream(Vec<ServerSentEvent>),
    RequestError(RequestError),
    /// No answer for a long time.
    Silence,
}

impl ModelService {
    /// A model for the tasks of a suite, in the office where their sessions start.
    ///
    /// # Errors
    /// The log exists already or cannot be written.
    pub fn new(
        settings: ModelServerSettings,
        suite: &Arc<Suite>,
        start: &InitialState,
    ) -> Result<ModelService> {
        let clock = start.clock();
        let created = NaiveDateTime::parse_from_str(&clock, "%Y-%m-%d %H:%M:%S")
            .with_context(|| format!("invalid time {clock:?} on the office's clock"))?;
        let policy = Policy::new(settings.policy, start, settings.seed);
        Ok(ModelService {
            model: PolicyModel::new(policy, suite),
            created: created.and_utc().timestamp(),
            faults: FaultInjector::new(
                settings.faults.clone(),
                settings.seed,
                settings.fault_limit,
            ),
            log: settings
                .log
                .as_deref()
                .map(ExchangeLog::begin)
                .transpose()?,
            settings,
            memory: ConversationStore::default(),
            requests: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
        })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Ends the waiting of replies that are held back.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Answers a request and logs it.
    pub(super) async fn answer(&self, form: Api, body: &[u8]) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let request: Json = serde_json::from_slice(body)
            .unwrap_or_else(|_| Json::from(String::from_utf8_lossy(body)));
        let mut entry = ExchangeLogEntry::of(number, form.path(), &request);
        let sent = self
            .sent(form, &request, &mut entry)
            .unwrap_or_else(PreparedReply::RequestError);
        let fault = entry.fault;
        match &sent {
            PreparedReply::Silence => {}
            PreparedReply::RequestError(error) => {
                entry.answered(error.kind.status(), form.error(error));
            }
            PreparedReply::Whole(reply) => entry.answered(StatusCode::OK, reply.clone()),
            PreparedReply::Stream(events) => {
                let data = events.iter().map(|event| Json::from(event.data.as_str()));
                entry.answered(StatusCode::OK, data.collect());
            }
        }
        // A request that cannot be logged is not answered.
        let sent = match self.log.as_ref().map_or(Ok(()), |log| log.write(&entry)) {
            Ok(()) => sent,
            Err(error) => {
                eprintln!("error: {error:#}");
                let message = "the log can no longer be written";
                PreparedReply::RequestError(RequestError::of(RequestErrorKind::Server, message))
            }
        };
        self.send(form, sent, fault).await
    }

    async fn send(&self, form: Api, sent: PreparedReply, fault: Option<ReplyFault>) -> Response {
        let delivery = match fault {
            Some(ReplyFault::Cut) => Delivery::CutOff,
            _ => Delivery::Complete,
        };
        match sent {
            PreparedReply::Whole(reply) => whole(StatusCode::OK, reply.to_string(), delivery),
            PreparedReply::Stream(events) => stream_of(&events, delivery),
            PreparedReply::RequestError(error) => {
                let mut response = form.refusal(&error);
                if error.kind == RequestErrorKind::RateLimit {
                    let headers = response.headers_mut();
                    headers.insert(RETRY_AFTER, self.settings.retry_after.into());
                }
                response
            }
            PreparedReply::Silence => {
                self.hold().await;
                form.refusal(&RequestError::of(
                    RequestErrorKind::Timeout,
                    "no reply was made in time",
                ))
            }
        }
    }

    /// The policy's next reply, changed by a fault if one strikes. What the request is about goes into the log's entry.
    fn sent<'a>(
        &'a self,
        form: Api,
        request: &Json,
        entry: &mut ExchangeLogEntry<'a>,
    ) -> Result<PreparedReply, RequestError> {
        let request = self.memory.continued(form.read(request)?)?;
        let turn = self.model.turn(&request.messages, request.seed);
        let turn = turn.map_err(RequestError::invalid)?;
        let position = ReplyPosition {
            conversation: conversation(&request, &turn),
            step: step(&request),
        };
        entry.task = Some(&turn.task.id);
        entry.step = Some(position.step);
        let scene = ReplyContext {
            model: &self.model,
            turn: &turn,
            request: &request,
            style: CallStyle::of(&request),
            most_calls: self.settings.most_calls,
        };
        let mut draft = scene.draft();
        entry.fault = self.faults.strike(&position, |fault| {
            let mut damaged = draft.clone();
            let done = fault_effects::apply(fault, &mut damaged, &scene);
            if done {
                draft = damaged;
            }
            done
        });
        if entry.fault == Some(ReplyFault::Timeout) {
            return Ok(PreparedReply::Silence);
        }
        if let Some(error) = entry.fault.and_then(fault_effects::error) {
            return Err(error);
        }
        let count = request.messages.len().to_string();
        let name = |part: &str| id_of(&[&position.conversation, &count, part]);
        let reply = self.signed(scene.reply(draft, name), &request, name("reply"));
        if form == Api::Responses {
            self.memory.keep(&request.messages, &reply);
        }
        Ok(if request.stream {
            PreparedReply::Stream(form.events(&reply, &request))
        } else {
            PreparedReply::Whole(form.whole(&reply))
        })
    }

    /// Adds id, model, time and usage to a reply.
    fn signed(&self, reply: ModelReply, request: &ModelRequest, id: String) -> ModelReply {
        let said = reply.refusal.as_ref().unwrap_or(&reply.text);
        let calls = reply
            .calls
            .iter()
            .map(|call| call.tool.len() + call.arguments.len());
        let written = said.len() + calls.sum::<usize>();
        ModelReply {
            usage: Usage {
                input: estimate_tokens(input_chars(&request.messages, &request.tools)),
                cached: 0,
                output: estimate_tokens(written),
            },
            model: request
                .model
                .clone()
                .unwrap_or_else(|| self.settings.name.clone()),
            id,
            created: self.created,
            ..reply
        }
    }

    /// Waits for as long as a reply is held back, or until the server stops.
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

    /// A model with that name, in the form of the list.
    pub(super) fn model_named(&self, name: &str) -> Json {
        json!({"id": name, "object": "model", "created": self.created, "owned_by": "breakroom"})
    }
}

/// How many replies came before.
fn step(request: &ModelRequest) -> usize {
    let replies = request.messages.iter();
    replies
        .filter(|message| matches!(message, Message::Assistant { .. }))
        .count()
}

/// The key of a conversation.
fn conversation(request: &ModelRequest, turn: &PolicyTurn<'_>) -> String {
    let seed = request
        .seed
        .map(|seed| seed.to_string())
        .unwrap_or_default();
    let user = request.user.as_deref().unwrap_or_default();
    format!("{} {seed} {user}", turn.task.id)
}
