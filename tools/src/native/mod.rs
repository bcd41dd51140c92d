//! The dialect `native`: the 26 tools and the directory, as Breakroom means them.
//!
//! A tool is an argument type: its fields are the schema, the validation and what an agent reads. A file holds the tools of one
//! database; [`catalog`] lists them all and runs them. Nothing of the original's quirks belongs here.

mod analytics;
mod calendar;
mod catalog;
mod company_directory;
mod customer_relationship_manager;
mod email;
mod error;
mod project_management;
mod table;
mod values;

pub use catalog::{NativeTool, call, catalog, find, hash};
pub use error::{CallError, Refusal};
