//! Restricts a tool to its own database and its declared access.
//!
//! SQLite asks the authorizer about every table, function and statement while it compiles one. A statement is compiled once per
//! scope (see [`SessionDatabases`](super::session_databases::SessionDatabases)), so later calls do not pay for the check.

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

/// The restriction that is in force on a connection, shared with SQLite's authorizer.
#[derive(Debug, Default)]
pub(crate) struct ScopeAuthorizer(Arc<AtomicU8>);

impl ScopeAuthorizer {
    /// Installs an authorizer, which is unrestricted at first.
    pub(crate) fn install(connection: &mut Connection) -> rusqlite::Result<ScopeAuthorizer> {
        let authorizer = ScopeAuthorizer::default();
        let current = Arc::clone(&authorizer.0);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            match decode(current.load(Ordering::Relaxed)) {
                None => Authorization::Allow,
                Some((database, access)) => authorize(&context, database, access),
            }
        }))?;
        Ok(authorizer)
    }

    /// Restricts the statements that are compiled from now on.
    pub(crate) fn restrict(&self, database: Database, access: Access) {
        self.0.store(
            1 + 2 * database as u8 + u8::from(access == Access::Write),
            Ordering::Relaxed,
        );
    }

    /// Runs `act`, which is not the tool's doing, without a restriction.
    pub(crate) fn run_unrestricted<T>(&self, act: impl FnOnce() -> T) -> T {
        let restriction = self.0.swap(UNRESTRICTED, Ordering::Relaxed);
        let result = act();
        self.0.store(restriction, Ordering::Relaxed);
        result
    }

    /// Removes the restriction.
    pub(crate) fn unrestrict(&self) {
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

fn authorize(context: &AuthContext<'_>, database: Database, access: Access) -> Authorization {
    let writes = match context.action {
        AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => {
            return Authorization::Allow;
        }
        AuthAction::Read { .. } => false,
        AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => true,
        _ => return Authorization::Deny,
    };
    let is_own_database = context.database_name == Some(database.name());
    if is_own_database && (!writes || access == Access::Write) {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}
