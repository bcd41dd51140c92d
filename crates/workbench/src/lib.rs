//! Works with the recorded runs in a checkout of WorkBench (arXiv 2405.00823): scores, replays, redrives and audits them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`score`] | scoring recorded runs by the original's rules |
//! | [`replay`] | replaying the calls of transcripts |
//! | [`redrive`] | passing the model's texts in transcripts through today's ReAct loop |
//! | [`audit`] | where native rules and the record disagree, and why |

pub mod audit;
pub mod redrive;
pub mod replay;
pub mod score;
