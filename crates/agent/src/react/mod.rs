//! Text ReAct (arXiv 2210.03629): thought, action, observation, and so on to a final answer.
//!
//! | module | what it holds |
//! |---|---|
//! | `agent` | the agent `react`: any model that writes text |
//! | [`prompt`] | the text that asks for the form |
//! | [`parse`] | what a reply comes to |
//! | [`lenient`] | JSON as models write it |
//! | [`marks`] | what was mended in a reply |
//! | [`machine`] | the loop, without models and tools |

mod agent;
pub mod lenient;
pub mod machine;
pub mod marks;
pub mod parse;
pub mod prompt;

pub use agent::run_react;

#[cfg(test)]
mod parse_tests;
