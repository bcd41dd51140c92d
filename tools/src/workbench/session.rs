//! An office of the original that an agent works in, and the rows that its calls changed, in the form of the sandbox's changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use breakroom_sandbox::Value;
use breakroom_sandbox::changes::RowChange;
use breakroom_sandbox::schema::{Column, ColumnType, ComparisonPolicy, Database, Table};
use serde_json::{Map, Value as Json};

use super::frame::{CLOCK, Cell, Frame, Row};
use super::office::{Office, Raised};
use super::python;

/// A live office.
#[derive(Clone, Debug)]
pub struct Session {
    start: Arc<Office>,
    office: Office,
    calls: u32,
    raised: u32,
    touched: BTreeMap<(usize, i64), Vec<u32>>,
    /// Mails that a mail which was sent took the place of: nobody asked for that.
    overwritten: BTreeMap<i64, Values>,
}

impl Session {
    /// Opens an office as it starts.
    pub fn open(start: &Arc<Office>) -> Session {
        Session {
            start: Arc::clone(start),
            office: Office::clone(start),
            calls: 0,
            raised: 0,
            touched: BTreeMap::new(),
            overwritten: BTreeMap::new(),
        }
    }

    /// The office as it is now.
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// The office as it was at first.
    pub fn start(&self) -> &Arc<Office> {
        &self.start
    }

    /// How many calls there were, broken ones included.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Counts a call that was made but not executed.
    pub fn skip_call(&mut self) {
        self.calls += 1;
    }

    /// Whether no call raised and none named a tool that does not exist.
    pub fn every_call_ran(&self) -> bool {
        self.raised == 0
    }

    /// Calls a tool as [`Office::call`] does, and notes which rows it changed.
    ///
    /// # Errors
    /// Python would raise.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Option<Result<Json, Raised>> {
        self.noting(
            |office| office.call(tool, arguments),
            |result| matches!(result, Some(Ok(_))),
        )
    }

    /// Whether a mail that was sent took the place of another, which the original does after a deletion.
    pub fn overwrote(&self) -> bool {
        !self.overwritten.is_empty()
    }

    /// Evaluates a recorded call string as the original's evaluation does, where one that does not parse or raises is skipped.
    pub fn evaluate(&mut self, text: &str) {
        self.noting(
            |office| python::parse_call(text).is_ok_and(|call| office.evaluate(&call).is_ok()),
            |ran| *ran,
        );
    }

    /// Acts as one call, and notes whether it ran and which rows it changed.
    fn noting<T>(&mut self, act: impl FnOnce(&mut Office) -> T, ran: impl Fn(&T) -> bool) -> T {
        self.calls += 1;
        let before = self.office.clone();
        let result = act(&mut self.office);
        self.raised += u32::from(!ran(&result));
        let differing = differences(&before, &self.office);
        let sent = |(index, _, before, after): &Difference| {
            *index == EMAIL && before.is_none() && after.is_some()
        };
        let sends = differing.iter().any(sent);
        for (index, id, before, after) in differing {
            if let (true, EMAIL, Some(before), None) = (sends, index, before, after) {
                self.overwritten.insert(id, before);
                continue;
            }
            self.touched
                .entry((index, id))
                .or_default()
                .push(self.calls);
        }
        result
    }

    /// The rows that a call changed, by table and id.
    pub fn touched_rows(&self, call: u32) -> Vec<(&'static Table, i64)> {
        let own = self
            .touched
            .iter()
            .filter(|(_, calls)| calls.contains(&call));
        own.map(|((index, id), _)| (&tables()[*index], *id))
            .collect()
    }

    /// The rows that the calls asked to be other than at first, by table and id, each with the calls that changed it. A mail that another took
    /// the place of counts as if it were there still. A row whose id is no number, or is another row's too, has a negative number for its id.
    pub fn changes(&self) -> Vec<RowChange> {
        let mut changes = differences(&self.start, &self.office);
        if self.overwrote() {
            changes.retain(|(index, id, ..)| *index != EMAIL || !self.overwritten.contains_key(id));
            let at_first = rows(EMAIL, &self.start.email, &self.start.email.rows);
            let sent = self.overwritten.iter();
            let sent = sent.filter(|(id, _)| !at_first.contains_key(id));
            changes.extend(sent.map(|(id, row)| (EMAIL, *id, None, Some(row.clone()))));
            changes.sort_by_key(|(index, id, ..)| (*index, *id));
        }
        changes
            .into_iter()
            .map(|(index, id, before, after)| RowChange {
                table: &tables()[index],
                id,
                before: before.map(Arc::new),
                after: after.map(Arc::new),
                calls: self.touched.get(&(index, id)).cloned().unwrap_or_default(),
            })
            .collect()
    }
}

type Values = Vec<Value>;

/// Table, id, and the row in each of two offices.
type Difference = (usize, i64, Option<Values>, Option<Values>);

/// What differs between two offices.
fn differences(left: &Office, right: &Office) -> Vec<Difference> {
    let mut found = Vec::new();
    for (index, (left_frame, right_frame)) in
        frames(left).into_iter().zip(frames(right)).enumerate()
    {
        if !Arc::ptr_eq(left_frame, right_frame) {
            let (left_rows, right_rows) = unlike(left_frame, right_frame);
            compare(
                index,
                rows(index, left_frame, left_rows),
                rows(index, right_frame, right_rows),
                &mut found,
            );
        }
    }
    if left.plots != right.plots {
        compare(PLOTS, plots(left), plots(right), &mut found);
    }
    found.sort_by_key(|(index, id, ..)| (*index, *id));
    found
}

fn compare(
    index: usize,
    mut left: BTreeMap<i64, Values>,
    right: BTreeMap<i64, Values>,
    found: &mut Vec<Difference>,
) {
    for (id, after) in right {
        let before = left.remove(&id);
        if before.as_ref() != Some(&after) {
            found.push((index, id, before, Some(after)));
        }
    }
    let gone = left.into_iter();
    found.extend(gone.map(|(id, before)| (index, id, Some(before), None)));
}

/// The rows of two frames without those at the beginning and the end that are the same in both; all of them where one of these has the id of a row
/// that is left, since that row is known by another id then.
fn unlike<'a>(left: &'a Frame, right: &'a Frame) -> (&'a [Row], &'a [Row]) {
    let all = (left.rows.as_slice(), right.rows.as_slice());
    if left.columns != right.columns {
        return all;
    }
    let same = |(one, other): &(&Row, &Row)| one.cells == other.cells;
    let begin = all.0.iter().zip(all.1).take_while(same).count();
    let (one, other) = (&all.0[begin..], &all.1[begin..]);
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(same)
        .count();
    let rest = (&one[..one.len() - end], &other[..other.len() - end]);
    let id = |row: &Row| {
        row.cells[0]
            .text()
            .and_then(|text| text.parse::<i64>().ok())
    };
    let ids: BTreeSet<i64> = rest.0.iter().chain(rest.1).filter_map(id).collect();
    let mut same = all.0[..begin].iter().chain(&one[one.len() - end..]);
    if same.any(|row| id(row).is_none_or(|id| ids.contains(&id))) {
        return all;
    }
    rest
}

/// The frames that tools can change, in the order of [`tables`].
fn frames(office: &Office) -> [&Arc<Frame>; 4] {
    [
        &office.calendar,
        &office.email,
        &office.project_management,
        &office.customers,
    ]
}

const EMAIL: usize = 1;
const PLOTS: usize = 4;
/// Fields that an agent made up, as one JSON object.
const OTHER_FIELDS: &str = "other_fields";

/// The tables of the original, with the comparison that its evaluation used: text without case but in three columns.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        let table = |database: Database, name: &str, columns: &[&str]| {
            let columns = columns.iter().chain([&OTHER_FIELDS]).enumerate();
            let columns = columns.map(|(place, name)| Column {
                name: (*name).to_owned(),
                policy: match *name {
                    _ if place == 0 => ComparisonPolicy::Generated,
                    "status" | "list_name" | "board" => ComparisonPolicy::Exact,
                    _ => ComparisonPolicy::Folded,
                },
                column_type: ColumnType::Text,
                nullable: true,
            });
            Table::new(database, name.to_owned(), columns.collect())
        };
        vec![
            table(
                Database::Calendar,
                "event",
                &[
                    "event_id",
                    "event_name",
                    "participant_email",
                    "event_start",
                    "duration",
                ],
            ),
            table(
                Database::Email,
                "email",
                &[
                    "email_id",
                    "inbox/outbox",
                    "sender/recipient",
                    "subject",
                    "sent_datetime",
                    "body",
                ],
            ),
            table(
                Database::ProjectManagement,
                "task",
                &[
                    "task_id",
                    "task_name",
                    "assigned_to_email",
                    "list_name",
                    "due_date",
                    "board",
                ],
            ),
            table(
                Database::CustomerRelationshipManager,
                "customer",
                &[
                    "customer_id",
                    "customer_name",
                    "assigned_to_email",
                    "customer_email",
                    "customer_phone",
                    "last_contact_date",
                    "product_interest",
                    "status",
                    "follow_up_by",
                    "notes",
                ],
            ),
            table(Database::Analytics, "plot", &["plot_id", "path"]),
        ]
    });
    &TABLES
}

/// Rows of a frame by id, in the columns of their table.
fn rows(index: usize, frame: &Frame, rows_of_frame: &[Row]) -> BTreeMap<i64, Values> {
    let columns = &tables()[index].columns;
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|column| frame.column(&column.name))
        .collect();
    let unknown: Vec<usize> = (0..frame.columns.len())
        .filter(|place| !places.contains(&Some(*place)))
        .collect();
    let mut rows = BTreeMap::new();
    let mut odd = 0;
    for row in rows_of_frame {
        let known = places
            .iter()
            .map(|place| place.map_or(Value::Null, |place| value(&row.cells[place])));
        let mut values: Values = known.collect();
        if let Some(last) = values.last_mut() {
            *last = others(frame, row, &unknown);
        }
        let id = row.cells[0].text().and_then(|text| text.parse().ok());
        let id = id.filter(|id| !rows.contains_key(id)).unwrap_or_else(|| {
            odd -= 1;
            odd
        });
        rows.insert(id, values);
    }
    rows
}

fn others(frame: &Frame, row: &Row, unknown: &[usize]) -> Value {
    let fields = unknown
        .iter()
        .filter(|place| row.cells[**place] != Cell::Missing)
        .map(|place| (frame.columns[*place].clone(), row.cells[*place].to_json()));
    let fields: Map<String, Json> = fields.collect();
    if fields.is_empty() {
        Value::Null
    } else {
        Value::Text(Json::Object(fields).to_string())
    }
}

fn plots(office: &Office) -> BTreeMap<i64, Values> {
    let plots = office.plots.iter().zip(1..);
    plots
        .map(|(path, id)| {
            let values = vec![Value::Integer(id), Value::Text(path.clone()), Value::Null];
            (id, values)
        })
        .collect()
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) => Value::Text(text.to_string()),
        Cell::Clock => Value::Text(CLOCK.to_owned()),
        Cell::Other(other) => Value::Text(other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "session_tests.rs"]
mod tests;
