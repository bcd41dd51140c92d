//! Remembers conversations. The responses API lets a request go on from an earlier reply by its id.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::model_reply::ModelReply;
use super::model_request::ModelRequest;
use super::request_error::{RequestError, RequestErrorKind};
use breakroom_model::chat::{Message, ToolArguments, ToolCall};

/// How many conversations are remembered. Beyond that, the oldest is forgotten.
const REMEMBERED: usize = 256;

/// Conversations by the id of their last reply.
#[derive(Default)]
pub(super) struct ConversationStore(Mutex<StoredConversations>);

#[derive(Default)]
struct StoredConversations {
    conversations: HashMap<String, Vec<Message>>,
    order: VecDeque<String>,
}

impl ConversationStore {
    /// Puts the earlier conversation in front of a request that goes on from a reply.
    ///
    /// # Errors
    /// The reply is unknown or was forgotten.
    pub(super) fn continued(
        &self,
        mut request: ModelRequest,
    ) -> Result<ModelRequest, RequestError> {
        let Some(previous) = &request.previous else {
            return Ok(request);
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = known.conversations.get(previous).ok_or_else(|| {
            RequestError::of(
                RequestErrorKind::NotFound,
                format!("there is no response {previous:?}"),
            )
        })?;
        let instructs = |message: Option<&Message>| matches!(message, Some(Message::System { .. }));
        // Each request brings its own instructions.
        let replaced = instructs(request.messages.first()) && instructs(earlier.first());
        let earlier = earlier.iter().skip(usize::from(replaced)).cloned();
        request.messages.splice(0..0, earlier);
        Ok(request)
    }

    /// Remembers a conversation and the reply to it.
    pub(super) fn keep(&self, messages: &[Message], reply: &ModelReply) {
        let mut said = messages.to_vec();
        let calls = reply.calls.iter().map(|call| ToolCall {
            id: call.id.clone(),
            name: call.tool.clone(),
            arguments: ToolArguments::parse(&call.arguments),
        });
        said.push(Message::Assistant {
            text: reply.text.clone(),
            calls: calls.collect(),
        });
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("resp_{}", reply.id);
        if known.conversations.insert(id.clone(), said).is_none() {
            known.order.push_back(id);
        }
        if known.order.len() > REMEMBERED
            && let Some(oldest) = known.order.pop_front()
        {
            known.conversations.remove(&oldest);
        }
    }
}
