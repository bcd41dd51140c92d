//! Listening, and the way from a request to its answer.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::asked::Asked;
use super::damage;
use super::draft::Scene;
use super::events::{Reach, stream_of, whole};
use super::faults::{Fault, Faults, Place};
use super::forms::{Form, Problem, ProblemKind};
use super::log::{Entry, Log, named};
use super::react::Style;
use super::speech::{Speech, id_of};
use crate::model::chat::{Arguments, Message, ToolCall, Usage};
use crate::policy::model::{PolicyModel, Turn, letters_read, tokens};

/// The largest request that is read: 16 MiB.
const LARGEST: usize = 16 << 20;

/// Replies that a conversation can go on from; of more, the oldest is forgotten.
const REMEMBERED: usize = 256;

/// What the server is like.
pub(super) struct Settings {
    /// What it calls its model.
    pub(super) name: String,
    /// The office's time, in seconds since 1970.
    pub(super) created: i64,
    /// The most calls of one reply.
    pub(super) most_calls: usize,
    /// The seconds of `Retry-After`.
    pub(super) retry_after: u64,
    /// How long a reply that times out is held back.
    pub(super) hold: Duration,
}

/// The server, before it listens.
pub struct Service {
    model: PolicyModel,
    settings: Settings,
    faults: Faults,
    log: Option<Log>,
    memory: Mutex<Memory>,
    requests: AtomicU64,
    stopping: watch::Sender<bool>,
}

/// Conversations by the id of their last reply.
#[derive(Default)]
struct Memory {
    known: HashMap<String, Vec<Message>>,
    order: VecDeque<String>,
}

/// What a request comes to, before it is sent.
struct Answer {
    fault: Option<Fault>,
    sent: Sent,
}

enum Sent {
    Reply(Speech),
    Problem(Problem),
    /// Nothing for long.
    Silence,
}

impl Service {
    pub(super) fn new(
        model: PolicyModel,
        settings: Settings,
        faults: Faults,
        log: Option<Log>,
    ) -> Service {
        Service {
            model,
            settings,
            faults,
            log,
            memory: Mutex::default(),
            requests: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
        }
    }

    /// What it calls its model.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    async fn answer(&self, form: Form, body: &Bytes) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let request = serde_json::from_slice(body);
        let (request, read) = match request {
            Ok(request) => {
                let asked = form.read(&request).and_then(|asked| self.remembered(asked));
                (request, asked)
            }
            Err(error) => {
                let text = String::from_utf8_lossy(body).into_owned();
                let problem = Problem::invalid(format!("the request is no JSON: {error}"));
                (Json::String(text), Err(problem))
            }
        };
        let mut entry = Entry {
            number,
            path: form.path(),
            task: None,
            step: None,
            request: &request,
            fault: None,
            status: None,
            reply: Json::Null,
        };
        let asked = match read {
            Ok(asked) => asked,
            Err(problem) => return self.problem(form, &problem, None, entry),
        };
        let turn = match self.model.turn(&asked.messages, asked.seed) {
            Ok(turn) => turn,
            Err(message) => return self.problem(form, &Problem::invalid(message), None, entry),
        };
        entry.task = Some(&turn.task.id);
        entry.step = Some(step(&asked));
        let Answer { fault, sent } = self.decide(&asked, &turn);
        entry.fault = named(fault);
        match sent {
            Sent::Problem(problem) => self.problem(form, &problem, fault, entry),
            Sent::Silence => {
                if let Err(response) = self.logged(form, &entry) {
                    return *response;
                }
                self.hold().await;
                let text = form.problem(&problem_of(
                    ProblemKind::Server,
                    "no reply was made in time",
                ));
                whole(StatusCode::GATEWAY_TIMEOUT, text.to_string(), Reach::Whole)
            }
            Sent::Reply(speech) => {
                let reach = if fault == Some(Fault::Cut) {
                    Reach::CutOff
                } else {
                    Reach::Whole
                };
                if form == Form::Responses {
                    self.remember(asked.messages.clone(), &speech);
                }
                entry.status = Some(StatusCode::OK.as_u16());
                let events = asked.stream.then(|| form.events(&speech, &asked));
                entry.reply = match &events {
                    Some(events) => events
                        .iter()
                        .map(|event| Json::from(event.data.as_str()))
                        .collect(),
                    None => form.whole(&speech),
                };
                if let Err(response) = self.logged(form, &entry) {
                    return *response;
                }
                match events {
                    Some(events) => stream_of(&events, reach),
                    None => whole(StatusCode::OK, entry.reply.to_string(), reach),
                }
            }
        }
    }

    /// What is said next, and whether a fault happens to it.
    fn decide(&self, asked: &Asked, turn: &Turn<'_>) -> Answer {
        let scene = Scene {
            model: &self.model,
            turn,
            asked,
            style: Style::of(asked),
            most_calls: self.settings.most_calls,
        };
        let mut draft = scene.draft();
        let place = Place {
            conversation: conversation(asked, turn),
            step: step(asked),
        };
        let fault = self.faults.strike(&place, |fault| {
            let mut damaged = draft.clone();
            let done = damage::apply(fault, &mut damaged, &scene);
            if done {
                draft = damaged;
            }
            done
        });
        let sent = match fault {
            Some(Fault::RateLimit) => Sent::Problem(problem_of(
                ProblemKind::RateLimit,
                "too many requests: wait and ask again",
            )),
            Some(Fault::ServerError) => {
                Sent::Problem(problem_of(ProblemKind::Server, "the server had an error"))
            }
            Some(Fault::ContextLength) => Sent::Problem(problem_of(
                ProblemKind::TooLong,
                "this model's maximum context length is exceeded",
            )),
            Some(Fault::Timeout) => Sent::Silence,
            _ => {
                let count = asked.messages.len().to_string();
                let speech =
                    scene.speech(draft, |part| id_of(&[&place.conversation, &count, part]));
                Sent::Reply(self.signed(speech, asked, id_of(&[&place.conversation, &count])))
            }
        };
        Answer { fault, sent }
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
            created: self.settings.created,
            ..speech
        }
    }

    fn problem(
        &self,
        form: Form,
        problem: &Problem,
        fault: Option<Fault>,
        mut entry: Entry<'_>,
    ) -> Response {
        let status = problem.kind.status();
        entry.status = Some(status.as_u16());
        entry.reply = form.problem(problem);
        if let Err(response) = self.logged(form, &entry) {
            return *response;
        }
        let mut response = whole(status, entry.reply.to_string(), Reach::Whole);
        if fault == Some(Fault::RateLimit) {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, self.settings.retry_after.into());
        }
        response
    }

    /// Writes the log; what cannot be logged is not answered.
    fn logged(&self, form: Form, entry: &Entry<'_>) -> Result<(), Box<Response>> {
        let Some(log) = &self.log else { return Ok(()) };
        log.write(entry).map_err(|error| {
            eprintln!("error: {error:#}");
            let problem = problem_of(ProblemKind::Server, "the log cannot be written");
            Box::new(whole(
                StatusCode::INTERNAL_SERVER_ERROR,
                form.problem(&problem).to_string(),
                Reach::Whole,
            ))
        })
    }

    /// Waits as long as a reply is held back, or until the server stops.
    async fn hold(&self) {
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            () = tokio::time::sleep(self.settings.hold) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    /// Puts what was said before in front of a request that goes on from a reply.
    fn remembered(&self, mut asked: Asked) -> Result<Asked, Problem> {
        let Some(previous) = &asked.previous else {
            return Ok(asked);
        };
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = memory.known.get(previous).ok_or_else(|| {
            problem_of(
                ProblemKind::NotFound,
                &format!("there is no response {previous:?}"),
            )
        })?;
        asked.messages.splice(0..0, earlier.iter().cloned());
        Ok(asked)
    }

    fn remember(&self, mut messages: Vec<Message>, speech: &Speech) {
        messages.push(Message::Assistant {
            text: speech.text.clone(),
            calls: speech
                .calls
                .iter()
                .map(|call| ToolCall {
                    id: call.id.clone(),
                    name: call.tool.clone(),
                    arguments: Arguments::read(&call.arguments),
                })
                .collect(),
        });
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("resp_{}", speech.id);
        if memory.known.insert(id.clone(), messages).is_none() {
            memory.order.push_back(id);
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.known.remove(&oldest);
        }
    }

    fn models(&self) -> Json {
        json!({"object": "list", "data": [self.model_named(&self.settings.name)]})
    }

    fn model_named(&self, name: &str) -> Json {
        json!({"id": name, "object": "model", "created": self.settings.created, "owned_by": "breakroom"})
    }
}

fn problem_of(kind: ProblemKind, message: &str) -> Problem {
    Problem {
        kind,
        message: message.to_owned(),
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

fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new()
        .route(
            "/v1/models",
            get(async |State(service): State<Arc<Service>>| json_text(&service.models())),
        )
        .route(
            "/v1/models/{name}",
            get(
                async |State(service): State<Arc<Service>>, Path(name): Path<String>| {
                    json_text(&service.model_named(&name))
                },
            ),
        )
        .fallback(async |uri: Uri| {
            let paths = Form::ALL.map(Form::path).join(", ");
            let message = format!(
                "there is nothing at {}: there are {paths} and /v1/models",
                uri.path()
            );
            let problem = problem_of(ProblemKind::NotFound, &message);
            let text = Form::Completions.problem(&problem).to_string();
            whole(problem.kind.status(), text, Reach::Whole)
        });
    for form in Form::ALL {
        router = router.route(
            form.path(),
            post(
                async move |State(service): State<Arc<Service>>, body: Bytes| {
                    service.answer(form, &body).await
                },
            ),
        );
    }
    router
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(service)
}

fn json_text(json: &Json) -> Response {
    whole(StatusCode::OK, json.to_string(), Reach::Whole)
}

/// Answers until `stop`, and then what is under way; replies that are held back come at once.
///
/// # Errors
/// What listening failed with.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = router(Arc::clone(&service));
    let stop = async move {
        stop.await;
        service.stopping.send_replace(true);
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
        .context("the server cannot go on")
}
