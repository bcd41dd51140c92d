//! Sessions: isolated, mutable copies of a world, and the scopes in which tools read and write them.

mod change_log;
mod deadline;
mod row_ref;
mod sandbox_session;
mod scope;
mod scope_authorizer;
mod search;
mod search_results;
mod session_databases;
mod session_folder;
mod session_state;
mod write_through;

pub use row_ref::RowRef;
pub use sandbox_session::Session;
pub use scope::Scope;
pub use search::{Condition, Operator, Search, SortBy};
pub use search_results::SearchResults;
