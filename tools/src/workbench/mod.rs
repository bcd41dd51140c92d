//! The dialect `workbench`: the same tools as the native ones, behaving bug for bug like the original WorkBench of 2024
//! (arXiv 2405.00823), and the rules by which it scored recorded runs. Its state is small frames in memory, not SQLite, so
//! that none of its quirks can reach the native tools.
//!
//! | module | what it holds |
//! |---|---|
//! | [`checkout`] | reading a WorkBench checkout: databases, tasks, recorded runs |
//! | [`import`] | a checkout's office as a native world |
//! | [`frame`] | tables as the original's data frames behave |
//! | [`python`] | call strings and lists as Python literals, and Python's notions of truth and text |
//! | [`quoting`] | call strings that a quotation mark broke |
//! | [`pattern`] | Python regular expressions |
//! | [`time`] | the points in time that the original's library understood |
//! | [`office`] | the state, and calls of its tools |
//! | [`session`] | an office that an agent works in, and the rows that it changed |
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
