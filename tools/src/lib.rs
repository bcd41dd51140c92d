//! The tools of the workplace in their two dialects, their schemas and their catalog. Knows no tasks.

pub mod native;
mod raw_json;
pub mod session;
pub mod workbench;
