//! The tools of the workplace in two dialects, with their schemas and hints. Knows no tasks.

pub mod hints;
pub mod native;
mod raw_json;
pub mod session;
pub mod workbench;
