//! The rows that a session changed, according to its log and to a full scan.

use std::sync::Arc;

use breakroom_sandbox::schema::{Database, Table, TableId};
use breakroom_sandbox::session::{Scope, Session};
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, Value};

/// All rows of a session by table, read without the log.
fn scan(session: &mut Session) -> Vec<Vec<Vec<Value>>> {
    let mut tables = Vec::new();
    for database in Database::ALL {
        for id in TableId::all().filter(|id| id.table().database == database) {
            let columns = id.table().columns.len();
            let select = format!("SELECT * FROM {} ORDER BY 1", id.table().qualified_name);
            let read = |scope: &Scope<'_>| {
                scope.query(&select, &[], |row| {
                    (0..columns).map(|column| row.get(column)).collect()
                })
            };
            tables.push(session.read::<_, Fault>(database, read).unwrap());
        }
    }
    tables
}

/// A table, and one of its rows before and after.
pub type RowDifference = (&'static Table, Option<Vec<Value>>, Option<Vec<Value>>);

/// The rows that differ between the world and a full scan of the session.
pub fn differing_rows(world: &World, session: &mut Session) -> Vec<RowDifference> {
    let mut differing = Vec::new();
    for (id, rows) in TableId::all().zip(scan(session)) {
        let known = world.rows(id);
        let find =
            |rows: &[Vec<Value>], key: &Value| rows.iter().find(|row| row[0] == *key).cloned();
        let mut keys: Vec<i64> = known
            .iter()
            .chain(&rows)
            .map(|row| {
                if let Value::Integer(key) = row[0] {
                    key
                } else {
                    -1
                }
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (before, after) = (
                find(known, &Value::Integer(key)),
                find(&rows, &Value::Integer(key)),
            );
            if before != after {
                differing.push((id.table(), before, after));
            }
        }
    }
    differing
}

pub fn logged_rows(session: &Session) -> Vec<RowDifference> {
    let changes = session.changes().unwrap().into_iter();
    let row = |row: Option<Arc<Vec<Value>>>| row.map(Arc::unwrap_or_clone);
    changes
        .map(|change| (change.table, row(change.before), row(change.after)))
        .collect()
}
