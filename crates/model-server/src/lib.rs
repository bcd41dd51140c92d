//! A model server without a model: it recognises the task of a conversation by its prompt, and a [policy](breakroom_policy) says what comes
//! next. Agent frameworks are tried with it, and faults can be mixed in. What a policy does belongs there; here is only how it is said.
//!
//! | module | what it holds |
//! |---|---|
//! | [`server`] | listening: which path goes where |
//! | [`service`] | the way from a request to its answer |
//! | `asked`, `speech` | what is asked, and what is said, in no API's form |
//! | `forms` | the list of APIs; `completions`, `responses`, `messages`: one each |
//! | `draft`, `react` | from a policy's move to what is said: by native calls, as text ReAct |
//! | `structured` | answers that have to fit a schema |
//! | [`faults`], `damage` | the list of faults and when one happens; what it does to a reply |
//! | `events` | streams, whole and broken off |
//! | `memory` | conversations that go on from an earlier reply |
//! | `log` | every request and reply, in a file |

mod asked;
mod completions;
mod damage;
mod draft;
mod events;
pub mod faults;
mod forms;
mod log;
mod memory;
mod messages;
mod react;
mod responses;
pub mod server;
pub mod service;
mod speech;
mod structured;
