//! The dialect `workbench`: tools that behave bug for bug like those of the original WorkBench of 2024 (arXiv 2405.00823), and the
//! rules by which it scored recorded runs. State is kept in small in-memory frames instead of SQLite, so that no quirk can
//! leak into the native tools.
//!
//! | module | contents |
//! |---|---|
//! | [`checkout`] | reading a WorkBench checkout: databases, tasks, recorded runs |
//! | [`import`] | converting a checkout's office to a native world |
//! | [`frame`] | tables that behave like the original's data frames |
//! | [`python`] | parsing call strings and lists as Python literals; Python's `bool()` and `str()` |
//! | [`quoting`] | repairing call strings with unescaped quotation marks |
//! | [`pattern`] | Python regular expressions |
//! | [`time`] | parsing times as the original's library does |
//! | [`office`] | the state of an office, and calling its tools |
//! | [`session`] | an office that an agent works in, and the rows it changed |
//! | [`rules`] | the verdicts of 2024 and of 2026 |

pub mod checkout;
pub mod frame;
pub mod import;
pub mod office;
pub mod pattern;
pub mod python;
pub mod quoting;
pub mod rules;
pub mod session;
pub mod time;
pub mod tools;
