//! Models, and how they are asked.
//!
//! | module | what it holds |
//! |---|---|
//! | [`chat`] | messages, tools, requests and replies in no provider's form |
//! | `cassette` | a provider's traffic, kept and played back |
//! | [`providers`] | the table of providers, and opening a model of one |
//! | [`error`] | why there is no reply |
//! | [`prices`] | what tokens cost |
//! | [`retry`] | when to ask again |
//! | [`scripted`] | replies from a file |
//! | [`secret`] | keys |
//! | `http`, `failure`, `sse`, `wire` | asking over HTTP |
//! | `completions`, `messages` | the wire forms of chat completions, and of Anthropic's messages |

use std::future::Future;
use std::pin::Pin;

mod cassette;
pub mod chat;
pub mod completions;
pub mod error;
mod failure;
mod http;
mod messages;
pub mod prices;
pub mod providers;
pub mod retry;
pub mod scripted;
pub mod secret;
mod sse;
mod wire;

/// A reply that is on its way.
pub type ReplyFuture<'a> =
    Pin<Box<dyn Future<Output = Result<chat::Reply, error::ModelError>> + Send + 'a>>;

/// A chat model. It keeps nothing between calls: the conversation is all that it knows.
pub trait Model: Send + Sync {
    /// The name by which it is known in reports and in the price table.
    fn name(&self) -> &str;

    /// Asks for the next message. It returns by the request's deadline, whatever the provider does.
    fn ask<'a>(&'a self, request: chat::ChatRequest<'a>) -> ReplyFuture<'a>;
}
