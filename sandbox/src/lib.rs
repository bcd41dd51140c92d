//! Worlds, their five databases, sessions, and the changes that sessions make. Nothing here knows tools, tasks or the network.
//!
//! | module | contents |
//! |---|---|
//! | [`row`] | a row of a table, and its JSON form |
//! | [`schema`] | the five databases: tables, columns, and the comparison policy of each column |
//! | [`world`] | frozen seed data: images, directory, clock, owner, checksum |
//! | [`office`] | offices generated from a seed, and the check that a world is coherent |
//! | [`session`] | isolated, mutable copies of a world, and the scopes in which tools use them |
//! | [`changes`] | the rows that a session changed, before and after, and the calls that changed them |
//! | [`session_pool`] | idle sessions, reset and reused |
//! | [`export`] | a session as `.db` files, mail messages and charts |
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
/// A value that can be bound to a parameter of a statement.
pub use rusqlite::ToSql;
/// A value stored in SQLite.
pub use rusqlite::types::Value;
pub use word_matcher::WordMatcher;
