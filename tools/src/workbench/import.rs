//! Converts a checkout's office to a native world, so that native tools and tasks can use it.
//!
//! The original lacks some of the data. Senders or recipients that it does not name are the owner, names in the directory are derived from
//! addresses, visits are numbered in file order, and `\n` in a body becomes a line break. Customers' companies, people's roles and the
//! mails that replies refer to are unknown and stay empty.

use std::collections::HashMap;
use std::path::Path;

use breakroom_sandbox::Value;
use breakroom_sandbox::row::Row;
use breakroom_sandbox::schema::{TableId, tables};
use breakroom_sandbox::world::{Colleague, WorldData, WorldError};
use csv::StringRecord;

use super::checkout::{CheckoutError, checkout_error, database_file, open, read_directory};
use super::frame::CLOCK;

/// The rows of a checkout, and the file and line that each of them comes from.
#[derive(Debug)]
pub struct ImportedWorld {
    /// The office as plain rows, ready to be frozen into a world.
    pub data: WorldData,
    origins: HashMap<(TableId, i64), String>,
}

/// The file that holds the rows of a table, and how to read one row.
struct TableSource {
    file: &'static str,
    database: &'static str,
    table: &'static str,
    row: fn(&CsvRow<'_>) -> Result<Row, String>,
}

const SOURCES: &[TableSource] = &[
    TableSource {
        file: "calendar_events.csv",
        database: "calendar",
        table: "event",
        row: |line| {
            Ok(vec![
                line.number("event_id")?,
                line.text("event_name")?,
                line.text("participant_email")?,
                line.text("event_start")?,
                line.number("duration")?,
            ])
        },
    },
    TableSource {
        file: "emails.csv",
        database: "email",
        table: "email",
        row: |line| {
            let folder = line.cell("inbox/outbox")?;
            let (other, owner) = (line.text("sender/recipient")?, line.owner.to_owned().into());
            let (sender, recipient) = if folder == "outbox" {
                (owner, other)
            } else {
                (other, owner)
            };
            Ok(vec![
                line.number("email_id")?,
                Value::Text(folder.to_owned()),
                sender,
                recipient,
                line.text("subject")?,
                line.text("sent_datetime")?,
                Value::Text(line.cell("body")?.replace("\\n", "\n")),
                Value::Null,
            ])
        },
    },
    TableSource {
        file: "analytics_data.csv",
        database: "analytics",
        table: "visit",
        row: |line| {
            Ok(vec![
                Value::Integer(line.place),
                line.text("date_of_visit")?,
                line.text("visitor_id")?,
                line.number("page_views")?,
                line.number("session_duration_seconds")?,
                line.text("traffic_source")?,
                line.truth("user_engaged")?,
            ])
        },
    },
    TableSource {
        file: "project_tasks.csv",
        database: "project_management",
        table: "task",
        row: |line| {
            Ok(vec![
                line.number("task_id")?,
                line.text("task_name")?,
                line.text("assigned_to_email")?,
                line.text("list_name")?,
                line.text("due_date")?,
                line.text("board")?,
            ])
        },
    },
    TableSource {
        file: "customer_relationship_manager_data.csv",
        database: "customer_relationship_manager",
        table: "customer",
        row: |line| {
            Ok(vec![
                line.number("customer_id")?,
                line.text("customer_name")?,
                Value::Null,
                line.text("assigned_to_email")?,
                line.optional("customer_email")?,
                line.optional("customer_phone")?,
                line.optional("last_contact_date")?,
                line.optional("product_interest")?,
                line.text("status")?,
                line.optional("follow_up_by")?,
                line.text("notes")?,
            ])
        },
    },
];

/// One row of a CSV file, with access by column name.
struct CsvRow<'a> {
    header: &'a StringRecord,
    cells: &'a StringRecord,
    owner: &'a str,
    /// Its number among the file's rows, counted from one.
    place: i64,
}

impl<'a> CsvRow<'a> {
    fn cell(&self, column: &str) -> Result<&'a str, String> {
        let index = self.header.iter().position(|name| name == column);
        index
            .and_then(|index| self.cells.get(index))
            .ok_or_else(|| format!("there is no column {column}"))
    }

    fn text(&self, column: &str) -> Result<Value, String> {
        Ok(Value::Text(self.cell(column)?.to_owned()))
    }

    fn optional(&self, column: &str) -> Result<Value, String> {
        Ok(match self.cell(column)? {
            "" => Value::Null,
            text => Value::Text(text.to_owned()),
        })
    }

    fn number(&self, column: &str) -> Result<Value, String> {
        let cell = self.cell(column)?;
        cell.parse()
            .map(Value::Integer)
            .map_err(|_| format!("{column} {cell:?} is not a whole number"))
    }

    fn truth(&self, column: &str) -> Result<Value, String> {
        match self.cell(column)? {
            "True" => Ok(Value::Integer(1)),
            "False" => Ok(Value::Integer(0)),
            other => Err(format!("{column} {other:?} is neither True nor False")),
        }
    }
}

/// Reads the databases and the directory of a checkout as the rows of a world called `name` that belongs to `owner`.
///
/// # Errors
/// A file is missing or malformed. The message names the file and, if possible, the line.
pub fn read_world(folder: &Path, name: &str, owner: &str) -> Result<ImportedWorld, CheckoutError> {
    let mut directory = vec![owner.to_owned()];
    directory.extend(
        read_directory(folder)?
            .into_iter()
            .filter(|email| email != owner && !email.is_empty()),
    );
    let mut imported = ImportedWorld {
        data: WorldData {
            name: name.to_owned(),
            clock: CLOCK
                .replace(' ', "T")
                .parse()
                .expect("the original's clock is a time, a test imports with it"),
            owner: owner.to_owned(),
            directory: directory.into_iter().map(colleague).collect(),
            tables: vec![Vec::new(); tables().len()],
        },
        origins: HashMap::new(),
    };
    for source in SOURCES {
        read_source(folder, source, &mut imported)?;
    }
    Ok(imported)
}

fn read_source(
    folder: &Path,
    source: &TableSource,
    imported: &mut ImportedWorld,
) -> Result<(), CheckoutError> {
    let table = TableId::find(source.database, source.table)
        .expect("the tables named here are those of the schema, a test imports all of them");
    let path = database_file(folder, source.file);
    let mut reader = open(&path)?;
    let header = reader.headers().map_err(checkout_error(&path))?.clone();
    for (place, record) in (1..).zip(reader.records()) {
        let cells = record.map_err(checkout_error(&path))?;
        let number = cells.position().map_or(0, csv::Position::line);
        let line = CsvRow {
            header: &header,
            cells: &cells,
            owner: &imported.data.owner,
            place,
        };
        let row = (source.row)(&line).map_err(|reason| CheckoutError {
            path: path.clone(),
            reason: format!("line {number}: {reason}"),
        })?;
        if let Value::Integer(id) = row[0] {
            let origin = format!("{} line {number}", path.display());
            imported.origins.insert((table, id), origin);
        }
        imported.data.tables[table.index()].push(row);
    }
    Ok(())
}

/// Derives a name from an address: `ana.lee@atlas.com` is called Ana Lee.
fn colleague(email: String) -> Colleague {
    let local = email.split('@').next().unwrap_or_default();
    let names = local.split(['.', '_', '-']).map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(letters).collect()
    });
    Colleague {
        name: names.collect::<Vec<String>>().join(" "),
        role: String::new(),
        email,
    }
}

impl ImportedWorld {
    /// Explains why the rows cannot form a world, with the file and line of each row that the schema rejects.
    pub fn explain(&self, error: &WorldError) -> String {
        let WorldError::Refused { rows } = error else {
            return error.to_string();
        };
        let lines = rows.iter().map(|row| {
            let origin = self.origins.get(&(row.table, row.id));
            let origin = origin.map_or("a row", String::as_str);
            format!(
                "{origin}: {}: {}",
                row.table.table().qualified_name,
                row.reason
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
