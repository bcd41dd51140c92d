//! Text ReAct (arXiv 2210.03629): the model writes a thought and an action, gets an observation, and repeats until its final answer.
//!
//! | module | what it holds |
//! |---|---|
//! | `agent` | the agent `react`, for any model that writes text |
//! | [`prompt`] | the system message, which asks for the format |
//! | [`state_machine`] | the loop, without models and tools |
//! | [`parse`] | parsing a reply |
//! | [`json_repair`] | parsing the JSON that models write |
//! | [`format_issues`] | how a reply deviates from the format |

mod agent;
pub mod format_issues;
pub mod json_repair;
pub mod parse;
pub mod prompt;
pub mod state_machine;

pub use agent::run_react;

#[cfg(test)]
mod parse_tests;
