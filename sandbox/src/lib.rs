//! Worlds, the five databases, sessions and the changes they make. Knows no tools, no tasks and no network.
//!
//! | module | what it holds |
//! |---|---|
//! | [`row`] | a row of a table, and its JSON form |
//! | [`schema`] | the five databases: tables, columns, and how a verdict compares each column |
//! | [`world`] | frozen seed data: images, directory, clock, owner, checksum |
//! | [`office`] | offices made from a seed, and the check that a world holds together |
//! | [`session`] | one isolated, mutable copy of a world, and what may touch it |
//! | [`changes`] | the rows that a session changed, before and after, and by which call |
//! | [`session_pool`] | idle sessions, reset and reused |
//! | [`export`] | a session as five `.db` files, mails as messages, plots as charts |
//!
//! ```
//! use breakroom_sandbox::{schema::{Database, tables}, session::Session, world::{World, WorldData}};
//!
//! let clock = "2026-06-11T09:00:00".parse()?;
//! let tables = vec![Vec::new(); tables().len()];
//! let world = World::freeze(WorldData { name: "empty".into(), clock, owner: "me@halden.example".into(), directory: vec![], tables })?;
//! let mut session = Session::open(&world)?;
//! let deleted = session.write(Database::Calendar, |scope| {
//!     scope.execute("DELETE FROM calendar.event WHERE event_id = :id", &[(":id", &7)])
//! })?;
//! assert_eq!(session.changes()?.len(), deleted);
//! session.reset()?;
//! assert!(session.changes()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod changes;
pub mod export;
mod fault;
pub mod office;
pub mod row;
pub mod schema;
pub mod session;
pub mod session_pool;
mod sqlite;
mod word_matcher;
pub mod world;

pub use fault::Fault;
/// What can be bound to a parameter of a statement.
pub use rusqlite::ToSql;
/// A stored value, as SQLite types it.
pub use rusqlite::types::Value;
pub use word_matcher::WordMatcher;
