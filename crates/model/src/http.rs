//! Sends requests to a provider over HTTP, with deadlines and retries. A [`WireFormat`] decides what is sent and how it is parsed.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Url};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::cassette::{Cassette, RecordedResponse};
use super::chat::{ChatRequest, Reply};
use super::error::{ErrorKind, ModelError};
use super::retry::{RetryPolicy, parse_retry_after};
use super::secret::Secret;
use super::wire::{AttemptError, Completion, ResponseBody, WireFormat};
use super::{Model, ReplyFuture};

/// The largest response that is accepted: 16 MiB.
const MAX_RESPONSE_BYTES: usize = 16 << 20;

/// The time limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A model at a URL, or the cassette of one.
pub(super) struct HttpModel<W> {
    name: String,
    client: Client,
    cassette: Option<Cassette>,
    url: Url,
    headers: HeaderMap,
    secret: Option<Secret>,
    retry: RetryPolicy,
    wire: W,
}

/// How to reach a provider: everything but its wire format.
pub(super) struct EndpointConfig {
    /// The model's name in reports.
    pub(super) name: String,
    /// The base URL of the API.
    pub(super) base_url: String,
    /// The headers of every request, including the key.
    pub(super) headers: HeaderMap,
    /// The key, so that it can be masked if a provider quotes it.
    pub(super) secret: Option<Secret>,
    /// When to retry.
    pub(super) retry: RetryPolicy,
    /// The cassette that the traffic is recorded to or played from.
    pub(super) cassette: Option<Cassette>,
}

impl<W: WireFormat> HttpModel<W> {
    /// Creates a model that is served at an endpoint in a wire format.
    ///
    /// # Errors
    /// The base URL is not a URL.
    pub(super) fn new(config: EndpointConfig, wire: W) -> Result<HttpModel<W>> {
        let EndpointConfig {
            name,
            base_url: base,
            headers,
            secret,
            retry,
            cassette,
        } = config;
        // The cryptography provider is process-wide; installing it again has no effect.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{}", base.trim_end_matches('/'), W::PATH);
        let url = Url::parse(&url).with_context(|| {
            format!("invalid URL {base:?}: write one like http://127.0.0.1:8000/v1")
        })?;
        let mut builder = Client::builder().connect_timeout(CONNECT_TIMEOUT);
        if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            // The environment's proxy is not meant for this machine.
            builder = builder.no_proxy();
        }
        Ok(HttpModel {
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
                recorder.append(W::PATH, body, &response)?;
                response
            }
            None => self.exchange(body).await?,
        };
        let body = ResponseBody {
            is_stream: response.stream,
            bytes: response.body.into_bytes(),
        };
        if (200..300).contains(&response.status) {
            return self.wire.parse(&body);
        }
        let retry_after = response.retry_after.as_deref();
        Err(AttemptError {
            retry_after: retry_after
                .and_then(|value| parse_retry_after(value, SystemTime::now().into())),
            ..super::provider_errors::from_status(response.status, &body.bytes)
        })
    }

    /// Sends a request body and returns the response, with the key masked.
    async fn exchange(&self, body: &Json) -> Result<RecordedResponse, AttemptError> {
        // The URL may contain a password.
        let connection_error = |error: reqwest::Error| {
            AttemptError::new(ErrorKind::Connection, error_chain(&error.without_url()))
        };
        let mut response = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
            .send()
            .await
            .map_err(connection_error)?;
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
        while let Some(chunk) = response.chunk().await.map_err(connection_error)? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                let message = format!("the response is larger than {MAX_RESPONSE_BYTES} bytes");
                return Err(AttemptError::new(ErrorKind::Malformed, message));
            }
            body.extend_from_slice(&chunk);
        }
        if let Some(secret) = &self.secret {
            // This must happen before anything quotes a part of the body.
            secret.redact(&mut body);
        }
        recorded.body = String::from_utf8_lossy(&body).into_owned();
        Ok(recorded)
    }

    async fn send_with_retries(
        &self,
        request: &ChatRequest<'_>,
        attempts: &mut u32,
    ) -> Result<Completion, AttemptError> {
        let mut body = self.wire.request_body(request);
        let conversation =
            request.sampling.seed.unwrap_or_default() ^ request.messages.len() as u64;
        loop {
            *attempts += 1;
            let error = match self.attempt(&body).await {
                Ok(completion) => return Ok(completion),
                Err(error) => error,
            };
            // Reasoning models reject stop sequences, and agents work without them.
            if error.kind == ErrorKind::Rejected
                && error.message.contains(&format!("'{}'", W::STOP_FIELD))
                && body
                    .as_object_mut()
                    .is_some_and(|body| body.shift_remove(W::STOP_FIELD).is_some())
            {
                continue;
            }
            let backoff = self
                .retry
                .backoff(*attempts, conversation, error.retry_after);
            // Fail fast if the backoff exceeds the deadline.
            if !error.retryable
                || *attempts >= self.retry.max_attempts
                || !ends_before(backoff, request.deadline)
            {
                return Err(error);
            }
            if !self.cassette.as_ref().is_some_and(Cassette::is_playing) {
                tokio::time::sleep(backoff).await;
            }
        }
    }

    async fn ask(&self, request: ChatRequest<'_>) -> Result<Reply, ModelError> {
        let start = Instant::now();
        let mut attempts = 0;
        let outcome = tokio::time::timeout_at(
            request.deadline,
            self.send_with_retries(&request, &mut attempts),
        )
        .await;
        let error = match outcome {
            Ok(Ok(completion)) => {
                return Ok(Reply {
                    text: completion.text,
                    calls: completion.calls,
                    stop_reason: completion.stop_reason,
                    usage: completion.usage,
                    attempts,
                    took: start.elapsed(),
                });
            }
            Ok(Err(error)) => error,
            Err(_) => AttemptError::new(ErrorKind::Timeout, "no reply arrived before the deadline"),
        };
        Err(ModelError {
            kind: error.kind,
            status: error.status,
            attempts,
            message: error.message,
        })
    }
}

impl<W: WireFormat> Model for HttpModel<W> {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask<'a>(&'a self, request: ChatRequest<'a>) -> ReplyFuture<'a> {
        Box::pin(HttpModel::ask(self, request))
    }
}

/// Whether a wait ends before the deadline. Providers may ask for any number of seconds, so the sum can overflow.
fn ends_before(wait: Duration, deadline: Instant) -> bool {
    Instant::now()
        .checked_add(wait)
        .is_some_and(|end| end < deadline)
}

/// An error's message with those of its causes, since the outermost alone seldom says what happened.
fn error_chain(error: &dyn std::error::Error) -> String {
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
    use super::super::completions::ChatCompletionsFormat;
    use super::super::messages::MessagesFormat;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_response_is_parsed_or_rejected(
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
                    let response = ResponseBody { is_stream: stream, bytes: body.clone() };
                    let _ = ChatCompletionsFormat { model: model.clone(), stream }.parse(&response);
                    let _ = MessagesFormat { model: model.clone(), stream }.parse(&response);
                }
                let error = super::super::provider_errors::from_status(400, &body);
                prop_assert!(!error.message.is_empty());
            }
        }
    }
}
