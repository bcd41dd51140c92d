//! The harness's view of a world or of what an agent left: all five databases at once, read only, with the tables and functions that templates
//! are written in. No agent can reach it.

mod functions;
mod vocabulary;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use breakroom_sandbox::Fault;
use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Statement, ToSql};
use serde_json::{Map, Value as Json, json};

use crate::task::Parameters;

/// Databases to ask questions of.
pub struct Study {
    session: Session,
    seed: Arc<AtomicU64>,
    given: Parameters,
}

impl Study {
    /// A study of a world as it is at first.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn of_world(world: &Arc<World>) -> Result<Study, Fault> {
        Study::of(Session::open(world)?)
    }

    /// A study of what an agent left; the session itself is not touched.
    ///
    /// # Errors
    /// SQLite has no memory left.
    pub fn of_session(session: &Session) -> Result<Study, Fault> {
        Study::of(session.fork()?)
    }

    fn of(session: Session) -> Result<Study, Fault> {
        let seed = Arc::new(AtomicU64::new(0));
        let world = Arc::clone(session.world());
        functions::register(session.raw_connection()?, &world, &seed)?;
        vocabulary::furnish(session.raw_connection()?, &world)?;
        let clock = world.clock();
        let given = [
            ("now", json!(clock.to_string())),
            ("today", json!(clock.date().to_string())),
            ("owner", json!(world.owner())),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value));
        Ok(Study {
            session,
            seed,
            given: given.into_iter().collect(),
        })
    }

    /// Sets what the SQL function `lot` draws from.
    pub fn sow(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
    }

    /// The parameters that every query and prompt has: `now`, `today` and `owner`.
    pub fn given(&self) -> &Parameters {
        &self.given
    }

    /// Runs a query, and returns its rows by column. It may use the parameters that are named here and those that are [`given`](Study::given).
    ///
    /// # Errors
    /// What is wrong with the SQL: also a parameter that nobody gave, or a statement that would write.
    pub fn query(&self, sql: &str, parameters: &Parameters) -> Result<Vec<Parameters>, QueryError> {
        let connection: &Connection = self
            .session
            .raw_connection()
            .map_err(|fault| QueryError::of(fault.to_string()))?;
        let mut statement = connection.prepare_cached(sql)?;
        if !statement.readonly() {
            return Err(QueryError::of("the statement writes: templates only read"));
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
                return Err(QueryError::of(
                    "a parameter has no name: write it like :day",
                ));
            };
            let Some(value) = parameters.get(&name).or_else(|| self.given.get(&name)) else {
                let known: Vec<&str> = parameters
                    .keys()
                    .chain(self.given.keys())
                    .map(String::as_str)
                    .collect();
                return Err(QueryError::of(format!(
                    "nothing is called :{name}: there are {}",
                    known.join(", ")
                )));
            };
            statement.raw_bind_parameter(index, Bound(value))?;
        }
        Ok(())
    }
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct QueryError {
    /// In words.
    pub reason: String,
    /// How many lines of the SQL come before the one that is to blame.
    pub line: usize,
}

impl QueryError {
    fn of(reason: impl Into<String>) -> QueryError {
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
            other => QueryError::of(other.to_string()),
        }
    }
}

/// A drawn value as SQL takes it.
struct Bound<'a>(&'a Json);

impl ToSql for Bound<'_> {
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

/// A value of a row; a whole number in a column called `…_id` is an id of eight digits.
fn to_json(column: &str, value: ValueRef<'_>) -> Result<Json, QueryError> {
    Ok(match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(id) if column.ends_with("_id") => json!(format!("{id:08}")),
        ValueRef::Integer(whole) => json!(whole),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(text) => {
            json!(std::str::from_utf8(text).map_err(|error| QueryError::of(error.to_string()))?)
        }
        ValueRef::Blob(_) => return Err(QueryError::of(format!("column {column} is a blob"))),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn study() -> Study {
        Study::of_world(&World::office()).unwrap()
    }

    fn one(sql: &str) -> Json {
        let rows = study().query(sql, &Parameters::new()).unwrap();
        rows[0].values().next().unwrap().clone()
    }

    #[test]
    fn a_query_sees_every_database_the_clock_and_the_directory() {
        assert_eq!(one("SELECT count(*) FROM calendar.event"), json!(300));
        assert_eq!(one("SELECT count(*) FROM email.email"), json!(500));
        assert_eq!(one("SELECT :today"), json!("2026-06-11"));
        assert_eq!(
            one("SELECT count(*) FROM colleague WHERE email = :owner"),
            json!(1)
        );
        assert_eq!(
            one("SELECT event_id FROM calendar.event LIMIT 1"),
            json!("00000001")
        );
    }

    #[test]
    fn an_unknown_parameter_names_those_that_there_are_and_a_write_is_refused() {
        let refused = |sql: &str| study().query(sql, &Parameters::new()).unwrap_err().reason;
        assert!(refused("SELECT :dya").contains("now, today, owner"));
        assert!(refused("DELETE FROM calendar.event").contains("writes"));
        assert!(refused("SELECT 1 FROM nowhere").contains("nowhere"));
    }

    #[test]
    fn lots_follow_their_seed() {
        let study = study();
        let drawn = |seed| {
            study.sow(seed);
            study
                .query(
                    "SELECT event_id FROM calendar.event ORDER BY lot(event_id) LIMIT 5",
                    &Parameters::new(),
                )
                .unwrap()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
