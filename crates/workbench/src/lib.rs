//! Recorded runs of a checkout of WorkBench (arXiv 2405.00823): scored by its rules, replayed, driven again, and audited.
//!
//! | module | what it holds |
//! |---|---|
//! | [`score`] | recorded runs, scored by the original's rules |
//! | [`replay`] | the calls of transcripts, run again |
//! | [`redrive`] | the texts of transcripts, through today's ReAct loop |
//! | [`audit`] | where native rules and the record disagree, and why |

pub mod audit;
pub mod redrive;
pub mod replay;
pub mod score;
