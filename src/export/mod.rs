//! `breakroom export`: a run in the forms that other programs read. `docs/exports.md` says what each holds.
//!
//! | module | what it holds |
//! |---|---|
//! | `conversation` | the messages of an episode, from its trace |
//! | `chat` | conversations in the form of chat completions, one a line |
//! | `inspect` | a log of Inspect |
//! | `junit` | one case per task |
//! | `sheet` | one row per episode |
//! | `command` | the list of forms, and the command |

mod chat;
mod command;
mod conversation;
mod inspect;
mod junit;
mod sheet;

pub use command::{Command, FORMATS, Format};
