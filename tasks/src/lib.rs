//! Templates, suites of tasks, and verdicts. Knows no network and no model.
//!
//! | module | contents |
//! |---|---|
//! | [`template`] | templates: TOML with SQL and minijinja |
//! | [`query`] | read-only SQL over all five databases, with tables and functions for templates |
//! | [`generate`] | drawing tasks from templates |
//! | [`task`] | a task: its prompt and its correct outcomes |
//! | [`suite`] | a named, versioned list of tasks |
//! | [`judge`] | playing expected calls, and judging what an agent changed |
//! | [`answer`] | judging an agent's final answer |
//! | [`reachability`] | whether a session can still reach a correct outcome |
//! | [`lint`] | rules that every task of a suite must follow |
//! | [`baseline`] | scores of the oracle, of doing nothing, and of random calls |
//! | [`verdict`] | the verdict on an episode, row by row |
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
