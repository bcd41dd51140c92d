//! The trait of a chat model.

use std::future::Future;
use std::pin::Pin;

use crate::chat::{ChatRequest, Reply};
use crate::error::ModelError;

/// A reply that is on its way.
pub type ReplyFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, ModelError>> + Send + 'a>>;

/// A chat model. It has no state between requests: each request carries the whole conversation.
pub trait Model: Send + Sync {
    /// The name of the model in reports and in the price table.
    fn name(&self) -> &str;

    /// Requests the next message. It returns by the request's deadline, whatever the provider does.
    fn ask<'a>(&'a self, request: ChatRequest<'a>) -> ReplyFuture<'a>;
}
