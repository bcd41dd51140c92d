//! A model server without a model. It recognises the task of a conversation by its prompt, and a [policy](breakroom_policy) decides what comes
//! next. It is used to try agent frameworks, and faults can be mixed in. What a policy does belongs to that crate; this crate only puts it
//! into the form of an API.
//!
//! | module | what it holds |
//! |---|---|
//! | [`server`] | listening: which path goes where |
//! | [`service`] | the way from a request to its answer |
//! | `model_request`, `model_reply`, `request_error` | requests, replies and errors, in the form of no API |
//! | `api` | the list of APIs; `completions`, `responses` and `messages` hold one each |
//! | `reply_draft` | from a policy's move to a reply |
//! | `call_style` | native calls, or calls in text |
//! | `structured` | answers that have to fit a schema |
//! | [`faults`], `fault_injector`, `fault_effects` | the list of faults, when one happens, and what it does to a reply |
//! | `http_response` | answers as bytes: whole, as a stream, and cut off |
//! | `conversation_store` | conversations that go on from an earlier reply |
//! | `exchange_log` | every request and reply, in a file |

mod api;
mod call_style;
mod completions;
mod conversation_store;
mod exchange_log;
mod fault_effects;
mod fault_injector;
pub mod faults;
mod http_response;
mod messages;
mod model_reply;
mod model_request;
mod reply_draft;
mod request_error;
mod responses;
pub mod server;
pub mod service;
mod structured;
