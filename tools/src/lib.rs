//! The tools of the workplace, their schemas and their catalog. Knows no tasks.

pub mod native;
pub mod workbench;
