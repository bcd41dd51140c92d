//! Sessions: isolated, mutable copies of a world, and the scopes within which tools touch them.

mod databases;
mod folder;
mod found;
mod guard;
mod live;
mod log;
mod scope;
mod search;
mod watch;

pub use found::{Found, Hits};
pub use live::Session;
pub use scope::Scope;
pub use search::{Condition, Order, Search, Test};
