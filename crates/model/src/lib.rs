//! Models and their providers: a conversation in, a reply or an error out.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | the trait of a chat model |
//! | [`chat`] | messages, tools, requests and replies, independent of any provider |
//! | [`error`] | why a request failed |
//! | [`providers`] | the table of providers, and opening one of their models |
//! | `http`, `wire`, `sse`, `provider_errors` | requests over HTTP, and what the wire formats share |
//! | [`completions`], `messages` | the wire formats: chat completions, and Anthropic's messages |
//! | [`retry`] | when to retry |
//! | `cassette` | recording a provider's traffic, and playing it back |
//! | [`scripted`] | a model that reads its replies from a file |
//! | [`prices`] | what tokens cost |
//! | [`secret`] | API keys |
//!
//! Agent loops and conversations with tools do not belong here.

mod cassette;
pub mod chat;
pub mod completions;
pub mod error;
mod http;
mod messages;
mod model;
pub mod prices;
mod provider_errors;
pub mod providers;
pub mod retry;
pub mod scripted;
pub mod secret;
mod sse;
mod wire;

pub use model::{Model, ReplyFuture};
