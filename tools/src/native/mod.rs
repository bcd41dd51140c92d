//! The dialect `native`: Breakroom's own 26 tools and the company directory.
//!
//! Each tool is an argument type. Its fields define the schema, the validation and what an agent reads. Each file holds the tools of one
//! database; [`catalog`] lists and runs them all. None of the original's quirks belong here.

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
