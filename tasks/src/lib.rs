//! Templates, suites of tasks, and verdicts. Knows no network and no model.
//!
//! | module | what it holds |
//! |---|---|
//! | [`template`] | templates, which are data: TOML with SQL and minijinja |
//! | [`query`] | the harness's view of a world: all five databases, read only, with what templates need beside them |
//! | [`generate`] | drawing tasks from templates |
//! | [`task`] | a task: its prompt and what is expected of it |
//! | [`suite`] | a named, versioned list of tasks |
//! | [`judge`] | playing expected calls, and judging what an agent left |
//! | [`answer`] | an agent's last words |
//! | [`reachability`] | whether a session can still come to an end that is right |
//! | [`lint`] | the rules that every task of a suite keeps |
//! | [`baseline`] | what the oracle, doing nothing and chance come to |
//! | [`verdict`] | what an episode came to, row by row |
//! | [`workbench`] | the original's tasks as a suite |

pub mod answer;
pub mod baseline;
pub mod generate;
pub mod judge;
pub mod lint;
pub mod query;
pub mod reachability;
pub mod suite;
pub mod task;
pub mod template;
pub mod verdict;
pub mod workbench;
