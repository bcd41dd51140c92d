//! Exports a run to formats that other programs read. `docs/exports.md` describes each of them.
//!
//! | module | what it holds |
//! |---|---|
//! | `conversation` | the messages of an episode, from its trace |
//! | `formats` | the list of formats |
//! | `chat` | conversations as chat completions, one per line |
//! | `inspect` | a log for Inspect |
//! | `junit` | JUnit with one case per task |
//! | `csv` | CSV with one row per episode |

mod chat;
mod conversation;
mod csv;
pub mod formats;
mod inspect;
mod junit;

pub use formats::{ExportFormat, FORMATS};
