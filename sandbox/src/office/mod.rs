//! Generates offices from a seed: plausible people, meetings, mails, visits, tasks and customers that agree with each other.
//!
//! The names and phrases are data in `sandbox/office/*.toml`. The modules here decide who, when and how often. They use only integers
//! and a stream cipher, so a seed gives the same bytes on every machine. [`check`] verifies that a world is coherent.

mod calendar_event;
mod calendar_generator;
pub mod check;
mod conversation;
mod customer;
mod customer_generator;
mod mail;
mod mail_generator;
mod mentions;
mod office_generator;
mod office_records;
mod phrases;
mod seeded_rng;
mod staff;
mod task_generator;
mod visit_generator;
mod working_time;

pub use office_generator::{MAX_SCALE, generate};
