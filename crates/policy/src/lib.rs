//! Policies: scripted models that work as a person would. They run the whole harness without a provider, stand in for a model behind
//! agent frameworks, and give reports something to show.
//!
//! A policy is a pure function of the task and the conversation. Its plan is data: `correct_plan` makes the plan that does everything
//! right, and mistakes and mutations change it. `next_action` finds out how far the conversation has come in the plan.
//!
//! | module | what it holds |
//! |---|---|
//! | `policy`, `policy_kind` | a policy at work, and the list of policies |
//! | `action`, `exchange` | what a policy does next, and what it has done so far |
//! | `plan`, `plan_context`, `next_action` | plans, what they are made for, and carrying them out |
//! | `correct_plan`, `lookups`, `metrics` | the correct plan: its writes, and the look-ups before them |
//! | [`mistakes`] | the intern's mistakes, and how often each happens |
//! | `mutations`, `near_misses` | how whole plans, and single calls, go wrong |
//! | `office` | what a policy knows of the office |
//! | [`model`] | a policy as a chat model |
//! | `conversation`, `tool_results` | parsing a conversation and its results |
//! | `phrasing` | what a policy says beside its calls |

mod action;
mod conversation;
mod correct_plan;
mod exchange;
mod lookups;
mod metrics;
pub mod mistakes;
pub mod model;
mod mutations;
mod near_misses;
mod next_action;
mod office;
mod phrasing;
mod plan;
mod plan_context;
mod policy;
mod policy_kind;
mod tool_results;

pub use action::PolicyAction;
pub use exchange::Exchange;
pub use policy::Policy;
pub use policy_kind::{POLICIES, PolicyKind};
