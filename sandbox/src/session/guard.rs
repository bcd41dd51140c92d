//! What keeps a tool within its own database and its declared access.
//!
//! SQLite asks the authorizer about every table, function and statement while it compiles one. A statement is compiled once
//! per scope (see [`Databases`](super::databases::Databases)), so the check costs nothing on later calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::schema::Database;

/// Whether a scope may change its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

const UNRESTRICTED: u8 = 0;

/// The scope that is in force on a connection.
#[derive(Debug, Default)]
pub(crate) struct Guard(Arc<AtomicU8>);

impl Guard {
    /// Installs a guard, unrestricted at first.
    pub(crate) fn install(connection: &mut Connection) -> rusqlite::Result<Guard> {
        let guard = Guard::default();
        let current = Arc::clone(&guard.0);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            match decode(current.load(Ordering::Relaxed)) {
                None => Authorization::Allow,
                Some((database, access)) => judge(&context, database, access),
            }
        }))?;
        Ok(guard)
    }

    /// Restricts what may be compiled from now on.
    pub(crate) fn enter(&self, database: Database, access: Access) {
        self.0.store(
            1 + 2 * database as u8 + u8::from(access == Access::Write),
            Ordering::Relaxed,
        );
    }

    /// Lifts the restriction while `act` does something that is not the scope's.
    pub(crate) fn lifted<T>(&self, act: impl FnOnce() -> T) -> T {
        let scope = self.0.swap(UNRESTRICTED, Ordering::Relaxed);
        let done = act();
        self.0.store(scope, Ordering::Relaxed);
        done
    }

    /// Lifts the restriction.
    pub(crate) fn leave(&self) {
        self.0.store(UNRESTRICTED, Ordering::Relaxed);
    }
}

fn decode(code: u8) -> Option<(Database, Access)> {
    let index = code.checked_sub(1)?;
    let access = if index % 2 == 1 {
        Access::Write
    } else {
        Access::Read
    };
    Some((Database::ALL[usize::from(index / 2)], access))
}

fn judge(context: &AuthContext<'_>, database: Database, access: Access) -> Authorization {
    let writes = match context.action {
        AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => {
            return Authorization::Allow;
        }
        AuthAction::Read { .. } => false,
        AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => true,
        _ => return Authorization::Deny,
    };
    let own = context.database_name == Some(database.name());
    if own && (!writes || access == Access::Write) {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}
