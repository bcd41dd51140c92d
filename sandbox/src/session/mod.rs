//! Sessions: isolated, mutable copies of a world, and the scopes within which tools touch them.

mod folder;
mod guard;
mod live;
mod scope;
mod watch;
mod words;

pub use live::Session;
pub use scope::Scope;
