//! `breakroom export`: a run in the forms that other programs read. `docs/exports.md` says what each holds.
//!
//! | module | what it holds |
//! |---|---|
//! | `conversation` | the messages of an episode, from its trace |
//! | `chat` | conversations in the form of chat completions, one a line |
//! | `inspect` | a log of Inspect |
//! | `junit` | one case per task |
//! | `sheet` | one row per episode |

mod chat;
mod conversation;
mod csv;
pub mod formats;
mod inspect;
mod junit;

pub use formats::{ExportFormat, FORMATS};
