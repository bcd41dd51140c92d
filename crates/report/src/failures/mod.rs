//! The failures of a run, counted by class, domain and template.
//!
//! | module | what it holds |
//! |---|---|
//! | `count` | the counts |
//! | `text` | the counts as text and tables |

mod count;
mod text;

pub use count::{ClassCount, ExampleEpisode, FailureGroup, FailureReport, count_failures};
pub use text::to_text;
