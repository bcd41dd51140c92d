//! A session in an office of the original. It records the rows that calls changed in the sandbox's format.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use breakroom_sandbox::Value;
use breakroom_sandbox::changes::RowChange;
use breakroom_sandbox::schema::{Column, ColumnType, ComparisonPolicy, Database, Table};
use serde_json::{Map, Value as Json};

use super::frame::{CLOCK, Frame, FrameCell, FrameRow};
use super::office::{PythonException, WorkbenchOffice};
use super::python;

/// An office that an agent works in.
#[derive(Clone, Debug)]
pub struct WorkbenchSession {
    start: Arc<WorkbenchOffice>,
    office: WorkbenchOffice,
    calls: u32,
    raised: u32,
    touched: BTreeMap<(usize, i64), Vec<u32>>,
    /// Mails that were overwritten when another one was sent, which no caller asked for.
    overwritten: BTreeMap<i64, CellValues>,
}

impl WorkbenchSession {
    /// Opens a session in its initial state.
    pub fn open(start: &Arc<WorkbenchOffice>) -> WorkbenchSession {
        WorkbenchSession {
            start: Arc::clone(start),
            office: WorkbenchOffice::clone(start),
            calls: 0,
            raised: 0,
            touched: BTreeMap::new(),
            overwritten: BTreeMap::new(),
        }
    }

    /// The office as it is now.
    pub fn office(&self) -> &WorkbenchOffice {
        &self.office
    }

    /// The office as it was initially.
    pub fn start(&self) -> &Arc<WorkbenchOffice> {
        &self.start
    }

    /// The number of calls so far, including calls that failed.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Counts a call that was not carried out.
    pub fn skip_call(&mut self) {
        self.calls += 1;
    }

    /// Whether no call raised an exception or named an unknown tool.
    pub fn every_call_ran(&self) -> bool {
        self.raised == 0
    }

    /// Calls a tool like [`WorkbenchOffice::call`] and records which rows it changed.
    ///
    /// # Errors
    /// Python would raise.
    pub fn call(&mut self, tool: &str, arguments: &Json) -> Option<Result<Json, PythonException>> {
        self.record_changes(
            |office| office.call(tool, arguments),
            |result| matches!(result, Some(Ok(_))),
        )
    }

    /// Whether sending a mail overwrote another one, which the original does after a deletion.
    pub fn has_overwritten_mail(&self) -> bool {
        !self.overwritten.is_empty()
    }

    /// Evaluates a recorded call string. Like the original's evaluation, it skips strings that do not parse or that raise.
    pub fn evaluate(&mut self, text: &str) {
        self.record_changes(
            |office| python::parse_call(text).is_ok_and(|call| office.evaluate(&call).is_ok()),
            |ran| *ran,
        );
    }

    /// Performs one call and records whether it ran and which rows it changed.
    fn record_changes<T>(
        &mut self,
        act: impl FnOnce(&mut WorkbenchOffice) -> T,
        ran: impl Fn(&T) -> bool,
    ) -> T {
        self.calls += 1;
        let before = self.office.clone();
        let result = act(&mut self.office);
        self.raised += u32::from(!ran(&result));
        let differing = differences(&before, &self.office);
        let sent = |(index, _, before, after): &RowDifference| {
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

    /// The rows that a call changed, ordered by table and id.
    pub fn touched(&self, call: u32) -> Vec<(&'static Table, i64)> {
        let own = self
            .touched
            .iter()
            .filter(|(_, calls)| calls.contains(&call));
        own.map(|((index, id), _)| (&tables()[*index], *id))
            .collect()
    }

    /// The rows that calls asked to change, ordered by table and id, each with the calls that changed it. A mail that was overwritten counts as
    /// if it still existed. A row whose id is not a number or is not unique gets a negative id.
    pub fn changes(&self) -> Vec<RowChange> {
        let mut changes = differences(&self.start, &self.office);
        if self.has_overwritten_mail() {
            changes.retain(|(index, id, ..)| *index != EMAIL || !self.overwritten.contains_key(id));
            let initial = rows(EMAIL, &self.start.email, &self.start.email.rows);
            let sent = self.overwritten.iter();
            let sent = sent.filter(|(id, _)| !initial.contains_key(id));
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

type CellValues = Vec<Value>;

/// Table, id, and the row in each of the two offices.
type RowDifference = (usize, i64, Option<CellValues>, Option<CellValues>);

/// The rows that differ between two offices.
fn differences(left: &WorkbenchOffice, right: &WorkbenchOffice) -> Vec<RowDifference> {
    let mut found = Vec::new();
    for (index, (left_frame, right_frame)) in
        frames(left).into_iter().zip(frames(right)).enumerate()
    {
        if !Arc::ptr_eq(left_frame, right_frame) {
            let (left_rows, right_rows) = differing_rows(left_frame, right_frame);
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
    mut left: BTreeMap<i64, CellValues>,
    right: BTreeMap<i64, CellValues>,
    found: &mut Vec<RowDifference>,
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

/// The rows of two frames without their common beginning and end. If a common row has the same id as a remaining one, all rows are returned, because
/// the ids that tell them apart depend on all of them.
fn differing_rows<'a>(left: &'a Frame, right: &'a Frame) -> (&'a [FrameRow], &'a [FrameRow]) {
    let all = (left.rows.as_slice(), right.rows.as_slice());
    if left.columns != right.columns {
        return all;
    }
    let same = |(one, other): &(&FrameRow, &FrameRow)| one.cells == other.cells;
    let begin = all.0.iter().zip(all.1).take_while(same).count();
    let (one, other) = (&all.0[begin..], &all.1[begin..]);
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(same)
        .count();
    let rest = (&one[..one.len() - end], &other[..other.len() - end]);
    let id = |row: &FrameRow| {
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
fn frames(office: &WorkbenchOffice) -> [&Arc<Frame>; 4] {
    [
        &office.calendar,
        &office.email,
        &office.project_management,
        &office.customers,
    ]
}

const EMAIL: usize = 1;
const PLOTS: usize = 4;
/// The column for fields that an agent invented, as one JSON object.
const OTHER_FIELDS: &str = "other_fields";

/// The tables of the original. Like its evaluation, they compare text without case, except in three columns.
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

/// The rows of a frame by id, with the columns of their table.
fn rows(index: usize, frame: &Frame, rows_of_frame: &[FrameRow]) -> BTreeMap<i64, CellValues> {
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
        let mut values: CellValues = known.collect();
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

fn others(frame: &Frame, row: &FrameRow, unknown: &[usize]) -> Value {
    let fields = unknown
        .iter()
        .filter(|place| row.cells[**place] != FrameCell::Missing)
        .map(|place| (frame.columns[*place].clone(), row.cells[*place].to_json()));
    let fields: Map<String, Json> = fields.collect();
    if fields.is_empty() {
        Value::Null
    } else {
        Value::Text(Json::Object(fields).to_string())
    }
}

fn plots(office: &WorkbenchOffice) -> BTreeMap<i64, CellValues> {
    let plots = office.plots.iter().zip(1..);
    plots
        .map(|(path, id)| {
            let values = vec![Value::Integer(id), Value::Text(path.clone()), Value::Null];
            (id, values)
        })
        .collect()
}

fn value(cell: &FrameCell) -> Value {
    match cell {
        FrameCell::Missing => Value::Null,
        FrameCell::Text(text) => Value::Text(text.to_string()),
        FrameCell::Clock => Value::Text(CLOCK.to_owned()),
        FrameCell::Other(other) => Value::Text(other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "session_tests.rs"]
mod tests;
