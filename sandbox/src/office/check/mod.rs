//! Checks that a world is coherent. The rules are those that every generated office obeys; they read only the world's rows.

mod mail_rules;
mod meeting_rules;
mod office_tables;
mod record_rules;
mod report;
mod rules;
mod world_rules;

pub use report::CoherenceFinding;
pub use rules::{CoherenceRule, RULES, check};
