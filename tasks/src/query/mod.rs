//! Read-only SQL over all five databases of a world or a session, with the tables and functions that templates use. Agents have no access
//! to it.

mod functions;
mod tables;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use breakroom_sandbox::Fault;
use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Statement, ToSql};
use serde_json::{Map, Value as Json, json};

use crate::task::Parameters;

/// Runs templates' queries on one state of the databases.
pub struct QueryContext {
    session: Session,
    seed: Arc<AtomicU64>,
    default_parameters: Parameters,
}

impl QueryContext {
    /// Queries a world in its initial state.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn of_world(world: &Arc<World>) -> Result<QueryContext, Fault> {
        QueryContext::new(Session::open(world)?)
    }

    /// Queries a session's current state. The session itself is not modified.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn of_session(session: &Session) -> Result<QueryContext, Fault> {
        QueryContext::new(session.fork()?)
    }

    fn new(session: Session) -> Result<QueryContext, Fault> {
        let seed = Arc::new(AtomicU64::new(0));
        let world = Arc::clone(session.world());
        functions::register(session.raw_connection()?, &world, &seed)?;
        tables::create_tables(session.raw_connection()?, &world)?;
        let clock = world.clock();
        let default_parameters = [
            ("now", json!(clock.to_string())),
            ("today", json!(clock.date().to_string())),
            ("owner", json!(world.owner())),
        ];
        let default_parameters = default_parameters.map(|(name, value)| (name.to_owned(), value));
        Ok(QueryContext {
            session,
            seed,
            default_parameters: default_parameters.into_iter().collect(),
        })
    }

    /// Sets the seed of the SQL function `random_rank`.
    pub fn set_seed(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
    }

    /// The parameters that every query and prompt can use: `now`, `today` and `owner`.
    pub fn default_parameters(&self) -> &Parameters {
        &self.default_parameters
    }

    /// Runs a query and returns its rows by column name. The query can use `parameters` and the [default ones](QueryContext::default_parameters).
    ///
    /// # Errors
    /// The SQL is invalid, uses an unknown parameter, or would write.
    pub fn query(&self, sql: &str, parameters: &Parameters) -> Result<Vec<Parameters>, QueryError> {
        let connection: &Connection = self
            .session
            .raw_connection()
            .map_err(|fault| QueryError::new(fault.to_string()))?;
        let mut statement = connection.prepare_cached(sql)?;
        if !statement.readonly() {
            return Err(QueryError::new(
                "the statement writes: templates can only read",
            ));
        }
        self.bind(&mut statement, parameters)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Map::new();
            for (index, name) in names.iter().enumerate() {
                let value = row.get_ref(index)?;
                values.insert(name.clone(), to_json(name, value)?);
            }
            found.push(values);
        }
        Ok(found)
    }

    fn bind(
        &self,
        statement: &mut Statement<'_>,
        parameters: &Parameters,
    ) -> Result<(), QueryError> {
        for index in 1..=statement.parameter_count() {
            let name = statement
                .parameter_name(index)
                .map(|name| name.trim_start_matches([':', '@', '$']).to_owned());
            let Some(name) = name else {
                return Err(QueryError::new(
                    "a parameter has no name: write it like :day",
                ));
            };
            let Some(value) = parameters
                .get(&name)
                .or_else(|| self.default_parameters.get(&name))
            else {
                let known: Vec<&str> = parameters
                    .keys()
                    .chain(self.default_parameters.keys())
                    .map(String::as_str)
                    .collect();
                return Err(QueryError::new(format!(
                    "there is no parameter :{name}: there are {}",
                    known.join(", ")
                )));
            };
            statement.raw_bind_parameter(index, SqlParameter(value))?;
        }
        Ok(())
    }
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct QueryError {
    /// What is wrong.
    pub reason: String,
    /// The number of lines before the one with the error.
    pub line: usize,
}

impl QueryError {
    fn new(reason: impl Into<String>) -> QueryError {
        QueryError {
            reason: reason.into(),
            line: 0,
        }
    }
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> QueryError {
        match error {
            rusqlite::Error::SqlInputError {
                msg, sql, offset, ..
            } => {
                let before = usize::try_from(offset).ok().and_then(|end| sql.get(..end));
                QueryError {
                    reason: msg,
                    line: before.unwrap_or_default().matches('\n').count(),
                }
            }
            other => QueryError::new(other.to_string()),
        }
    }
}

/// Binds a parameter's value to a statement.
struct SqlParameter<'a>(&'a Json);

impl ToSql for SqlParameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Json::Null => ToSqlOutput::Owned(Value::Null),
            Json::Bool(flag) => ToSqlOutput::Owned(Value::Integer(i64::from(*flag))),
            Json::Number(number) => ToSqlOutput::Owned(match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => Value::Real(number.as_f64().unwrap_or_default()),
            }),
            Json::String(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            other => ToSqlOutput::Owned(Value::Text(other.to_string())),
        })
    }
}

/// A value of a row. Whole numbers in columns named `…_id` become eight-digit ids.
fn to_json(column: &str, value: ValueRef<'_>) -> Result<Json, QueryError> {
    Ok(match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(id) if column.ends_with("_id") => json!(format!("{id:08}")),
        ValueRef::Integer(whole) => json!(whole),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(text) => {
            json!(std::str::from_utf8(text).map_err(|error| QueryError::new(error.to_string()))?)
        }
        ValueRef::Blob(_) => return Err(QueryError::new(format!("column {column} is a blob"))),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn queries() -> QueryContext {
        QueryContext::of_world(&World::office()).unwrap()
    }

    fn query_one(sql: &str) -> Json {
        let rows = queries().query(sql, &Parameters::new()).unwrap();
        rows[0].values().next().unwrap().clone()
    }

    #[test]
    fn a_query_sees_every_database_the_clock_and_the_directory() {
        assert_eq!(query_one("SELECT count(*) FROM calendar.event"), json!(300));
        assert_eq!(query_one("SELECT count(*) FROM email.email"), json!(500));
        assert_eq!(query_one("SELECT :today"), json!("2026-06-11"));
        assert_eq!(
            query_one("SELECT count(*) FROM colleague WHERE email = :owner"),
            json!(1)
        );
        assert_eq!(
            query_one("SELECT event_id FROM calendar.event LIMIT 1"),
            json!("00000001")
        );
    }

    #[test]
    fn an_unknown_parameter_names_those_that_there_are_and_a_write_is_refused() {
        let refused = |sql: &str| queries().query(sql, &Parameters::new()).unwrap_err().reason;
        assert!(refused("SELECT :dya").contains("now, today, owner"));
        assert!(refused("DELETE FROM calendar.event").contains("writes"));
        assert!(refused("SELECT 1 FROM nowhere").contains("nowhere"));
    }

    #[test]
    fn random_ranks_follow_their_seed() {
        let queries = queries();
        let drawn = |seed| {
            queries.set_seed(seed);
            queries
                .query(
                    "SELECT event_id FROM calendar.event ORDER BY random_rank(event_id) LIMIT 5",
                    &Parameters::new(),
                )
                .unwrap()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
