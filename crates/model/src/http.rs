//! ReplyFuture a provider over HTTP: deadlines, and asking again. What is sent and read is a [`Wire`]'s business.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Url};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::cassette::{Cassette, RecordedResponse};
use super::chat::{ChatRequest, Reply};
use super::error::{ErrorKind, ModelError};
use super::retry::{RetryPolicy, retry_after};
use super::secret::Secret;
use super::wire::{Answer, AttemptError, Completion, Wire};
use super::{Model, ReplyFuture};

/// The largest answer that is read: 16 MiB.
const LARGEST: usize = 16 << 20;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(15);

/// A model behind a URL, or behind a cassette of it.
pub(super) struct Http<W> {
    name: String,
    client: Client,
    cassette: Option<Cassette>,
    url: Url,
    headers: HeaderMap,
    secret: Option<Secret>,
    retry: RetryPolicy,
    wire: W,
}

/// How a provider is reached: everything but the form of its API.
pub(super) struct Connection {
    /// The model's name in reports.
    pub(super) name: String,
    /// Where the API begins.
    pub(super) base_url: String,
    /// Headers of every request, the key among them.
    pub(super) headers: HeaderMap,
    /// The key, to mask it where a provider quotes it.
    pub(super) secret: Option<Secret>,
    /// When to ask again.
    pub(super) retry: RetryPolicy,
    /// Where the traffic is recorded to, or played from.
    pub(super) cassette: Option<Cassette>,
}

impl<W: Wire> Http<W> {
    /// A model whose API has this form.
    ///
    /// # Errors
    /// The base URL is not a URL.
    pub(super) fn new(connection: Connection, wire: W) -> Result<Http<W>> {
        let Connection {
            name,
            base_url: base,
            headers,
            secret,
            retry,
            cassette,
        } = connection;
        // One provider of cryptography is enough; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{}", base.trim_end_matches('/'), W::PATH);
        let url = Url::parse(&url).with_context(|| {
            format!("{base:?} is no URL: write it like http://127.0.0.1:8000/v1")
        })?;
        let mut builder = Client::builder().connect_timeout(CONNECT);
        if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            // A proxy of the environment is for the world outside.
            builder = builder.no_proxy();
        }
        Ok(Http {
            name,
            client: builder.build().context("cannot set up HTTP")?,
            cassette,
            url,
            headers,
            secret,
            retry,
            wire,
        })
    }

    async fn attempt(&self, body: &Json) -> Result<Completion, AttemptError> {
        let response = match &self.cassette {
            Some(Cassette::Playing(player)) => player.reply(W::PATH, body)?,
            Some(Cassette::Recording(recorder)) => {
                let response = self.exchange(body).await?;
                recorder.keep(W::PATH, body, &response)?;
                response
            }
            None => self.exchange(body).await?,
        };
        let answer = Answer {
            stream: response.stream,
            body: response.body.into_bytes(),
        };
        if (200..300).contains(&response.status) {
            return self.wire.read(&answer);
        }
        let wait = response.retry_after.as_deref();
        Err(AttemptError {
            wait: wait.and_then(|value| retry_after(value, SystemTime::now().into())),
            ..super::failure::of_status(response.status, &answer.body)
        })
    }

    /// Sends a body and takes what comes back, with the key blanked.
    async fn exchange(&self, body: &Json) -> Result<RecordedResponse, AttemptError> {
        // The URL may hold a password.
        let broken = |error: reqwest::Error| {
            AttemptError::new(ErrorKind::Connection, chain(&error.without_url()))
        };
        let mut response = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
            .send()
            .await
            .map_err(broken)?;
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let mut recorded = RecordedResponse {
            status: response.status().as_u16(),
            retry_after: header(RETRY_AFTER).map(str::to_owned),
            stream: header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/event-stream")),
            body: String::new(),
        };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LARGEST {
                let message = format!("the answer is larger than {LARGEST} bytes");
                return Err(AttemptError::new(ErrorKind::Malformed, message));
            }
            body.extend_from_slice(&chunk);
        }
        if let Some(secret) = &self.secret {
            // Before anything is quoted in part.
            secret.blank(&mut body);
        }
        recorded.body = String::from_utf8_lossy(&body).into_owned();
        Ok(recorded)
    }

    async fn asked(
        &self,
        request: &ChatRequest<'_>,
        attempts: &mut u32,
    ) -> Result<Completion, AttemptError> {
        let mut body = self.wire.body(request);
        let conversation =
            request.sampling.seed.unwrap_or_default() ^ request.messages.len() as u64;
        loop {
            *attempts += 1;
            let failed = match self.attempt(&body).await {
                Ok(said) => return Ok(said),
                Err(failed) => failed,
            };
            // Reasoning models take no stop texts; the loop can do without.
            if failed.kind == ErrorKind::Rejected
                && failed.message.contains(&format!("'{}'", W::STOP))
                && body
                    .as_object_mut()
                    .is_some_and(|body| body.shift_remove(W::STOP).is_some())
            {
                continue;
            }
            let wait = self.retry.wait(*attempts, conversation, failed.wait);
            // Who would be too late anyway says at once what was wrong.
            if !failed.passing
                || *attempts >= self.retry.attempts
                || !in_time(wait, request.deadline)
            {
                return Err(failed);
            }
            if !self.cassette.as_ref().is_some_and(Cassette::is_playing) {
                tokio::time::sleep(wait).await;
            }
        }
    }

    async fn ask(&self, request: ChatRequest<'_>) -> Result<Reply, ModelError> {
        let start = Instant::now();
        let mut attempts = 0;
        let outcome =
            tokio::time::timeout_at(request.deadline, self.asked(&request, &mut attempts)).await;
        let failed = match outcome {
            Ok(Ok(said)) => {
                return Ok(Reply {
                    text: said.text,
                    calls: said.calls,
                    stop_reason: said.stop_reason,
                    usage: said.usage,
                    attempts,
                    took: start.elapsed(),
                });
            }
            Ok(Err(failed)) => failed,
            Err(_) => AttemptError::new(ErrorKind::Timeout, "no reply came before the deadline"),
        };
        Err(ModelError {
            kind: failed.kind,
            status: failed.status,
            attempts,
            message: failed.message,
        })
    }
}

impl<W: Wire> Model for Http<W> {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask<'a>(&'a self, request: ChatRequest<'a>) -> ReplyFuture<'a> {
        let asking: Pin<Box<dyn Future<Output = _> + Send + 'a>> =
            Box::pin(Http::ask(self, request));
        asking
    }
}

/// Whether a wait ends before the deadline; providers may ask for any number of seconds.
fn in_time(wait: Duration, deadline: Instant) -> bool {
    Instant::now()
        .checked_add(wait)
        .is_some_and(|end| end < deadline)
}

/// An error with its causes: the outermost alone seldom says what happened.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::completions::Completions;
    use super::super::messages::Messages;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn answers_of_any_kind_are_read_or_refused(
            text in "\\PC*",
            words in proptest::collection::vec(prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just(":"), Just(","), Just("null"), Just("1"), Just("\"choices\""), Just("\"message\""),
                Just("\"delta\""), Just("\"content\""), Just("\"tool_calls\""), Just("\"type\""), Just("\"text\""), Just("\"error\""), Just("\n\n"),
                Just("data: "), Just("[DONE]"), Just("{\"type\":\"content_block_stop\"}"), Just("{\"choices\":[{\"delta\":{\"tool_calls\":[{}]}}]}"),
            ], 0..30),
        ) {
            let model = String::new();
            for body in [text.into_bytes(), words.concat().into_bytes()] {
                for stream in [false, true] {
                    let answer = Answer { stream, body: body.clone() };
                    let _ = Completions { model: model.clone(), stream }.read(&answer);
                    let _ = Messages { model: model.clone(), stream }.read(&answer);
                }
                let failed = super::super::failure::of_status(400, &body);
                prop_assert!(!failed.message.is_empty());
            }
        }
    }
}
