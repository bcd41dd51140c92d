//! Comparing changes with expected changes, under the policy of each column.
//!
//! Rows that existed are paired by id. Rows that were created are paired as a multiset up to the ids that they were given, so the order of
//! calls never matters; a reference to a created row is followed to the row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use breakroom_sandbox::Value;
use breakroom_sandbox::changes::RowChange;
use breakroom_sandbox::schema::{ComparisonPolicy, Table};

use super::{ColumnFinding, Finding, MadeBy, RowFinding, RowValues, Severity};

/// What two lists of changes have in common, and every row in which they differ.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) matched: usize,
    /// The numbers of the calls that made the expected changes which are not there.
    pub(crate) open: Vec<u32>,
    pub(crate) rows: Vec<RowFinding>,
}

impl Comparison {
    pub(crate) fn harm(&self) -> usize {
        self.rows.iter().filter(|row| row.is_harm()).count()
    }
}

/// Compares what an agent changed with what was expected.
pub(crate) fn compare(
    expected: &[RowChange],
    found: &[RowChange],
    tools: &[&str],
    company: &str,
) -> Comparison {
    let report = Report { tools, company };
    let mut comparison = Comparison::default();
    compare_known(expected, found, &report, &mut comparison);
    compare_created(expected, found, &report, &mut comparison);
    comparison
}

/// Rows that the world had. Both lists are in the order of tables and ids.
fn compare_known(
    expected: &[RowChange],
    found: &[RowChange],
    report: &Report<'_>,
    comparison: &mut Comparison,
) {
    let known = |changes: &'_ [RowChange]| {
        changes
            .iter()
            .filter(|change| change.before.is_some())
            .count()
    };
    if known(expected) + known(found) == 0 {
        return;
    }
    let mut left: BTreeMap<(&str, i64), &RowChange> = BTreeMap::new();
    for change in found.iter().filter(|change| change.before.is_some()) {
        left.insert((&change.table.qualified_name, change.id), change);
    }
    for wanted in expected.iter().filter(|change| change.before.is_some()) {
        match left.remove(&(wanted.table.qualified_name.as_str(), wanted.id)) {
            None => {
                comparison.open.extend(&wanted.calls);
                comparison.rows.push(report.missing(wanted, Vec::new()));
            }
            Some(change) => compare_row(wanted, change, report, comparison),
        }
    }
    comparison
        .rows
        .extend(left.into_values().map(|change| report.extra(change)));
}

/// A row that was expected to change and did.
fn compare_row(
    wanted: &RowChange,
    change: &RowChange,
    report: &Report<'_>,
    comparison: &mut Comparison,
) {
    let (Some(before), Some(target), Some(after)) = (&wanted.before, &wanted.after, &change.after)
    else {
        if wanted.after.is_none() && change.after.is_none() {
            comparison.matched += 1;
        } else {
            // Deleted instead of updated, or updated instead of deleted.
            comparison.open.extend(&wanted.calls);
            comparison.rows.push(report.missing(wanted, Vec::new()));
            comparison.rows.push(report.extra(change));
        }
        return;
    };
    let mut columns = Vec::new();
    let mut harmless = true;
    for (place, column) in wanted.table.columns.iter().enumerate() {
        if !equal(column.policy, &target[place], &after[place]) {
            harmless &= equal(column.policy, &before[place], &after[place]);
            columns.push(report.column(wanted.table, place, &target[place], &after[place]));
        }
    }
    if columns.is_empty() {
        comparison.matched += 1;
        return;
    }
    comparison.open.extend(&wanted.calls);
    if harmless {
        // A part of what was expected, and nothing else.
        comparison.rows.push(report.missing(wanted, columns));
    } else {
        comparison.rows.push(report.wrong(change, columns));
    }
}

/// Rows that the world had not.
fn compare_created(
    expected: &[RowChange],
    found: &[RowChange],
    report: &Report<'_>,
    comparison: &mut Comparison,
) {
    let created = |changes: &'_ [RowChange]| -> Vec<usize> {
        (0..changes.len())
            .filter(|index| changes[*index].before.is_none())
            .collect()
    };
    let mut signatures: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut missing = created(expected);
    if !missing.is_empty() {
        // The last first, so that twins are taken in the order in which they were made.
        for index in created(found).into_iter().rev() {
            signatures
                .entry(signature(found, index))
                .or_default()
                .push(index);
        }
        missing.retain(|index| {
            let twin = signatures
                .get_mut(&signature(expected, *index))
                .and_then(Vec::pop);
            comparison.matched += usize::from(twin.is_some());
            twin.is_none()
        });
    } else {
        signatures.insert(String::new(), created(found));
    }
    let mut extra: Vec<usize> = signatures.into_values().flatten().collect();
    extra.sort_unstable();
    for index in missing {
        let wanted = &expected[index];
        comparison.open.extend(&wanted.calls);
        match nearest(expected, wanted, found, &extra) {
            Some((place, columns)) => {
                let change = &found[extra.remove(place)];
                let columns = columns.into_iter().map(|column| {
                    let value = |change: &RowChange| {
                        change
                            .after
                            .as_ref()
                            .map_or(Value::Null, |row| row[column].clone())
                    };
                    report.column(wanted.table, column, &value(wanted), &value(change))
                });
                comparison
                    .rows
                    .push(report.wrong(change, columns.collect()));
            }
            None => comparison.rows.push(report.missing(wanted, Vec::new())),
        }
    }
    comparison
        .rows
        .extend(extra.into_iter().map(|index| report.extra(&found[index])));
}

/// What a created row is compared by: its table and every value but the ids that the database gave.
fn signature(changes: &[RowChange], index: usize) -> String {
    let mut text = String::with_capacity(256);
    sign(changes, index, &mut text);
    text
}

fn sign(changes: &[RowChange], index: usize, text: &mut String) {
    let change = &changes[index];
    text.push_str(&change.table.qualified_name);
    let Some(row) = &change.after else { return };
    for (column, value) in change.table.columns.iter().zip(row.iter()) {
        text.push('\u{1f}');
        match (column.policy, value) {
            (ComparisonPolicy::Generated, _) => {}
            (ComparisonPolicy::Reference, Value::Integer(id)) => {
                // A row can refer only to one that was created before it, so this ends.
                let target = changes.iter().position(|other| {
                    other.before.is_none()
                        && other.table == change.table
                        && other.id == *id
                        && *id < change.id
                });
                match target {
                    Some(target) => {
                        text.push('(');
                        sign(changes, target, text);
                        text.push(')');
                    }
                    None => text.push_str(&id.to_string()),
                }
            }
            (ComparisonPolicy::Folded, Value::Text(value)) if value.is_ascii() => {
                let begin = text.len();
                text.push_str(value);
                text[begin..].make_ascii_lowercase();
            }
            (ComparisonPolicy::Folded, Value::Text(value)) => {
                text.extend(value.chars().flat_map(char::to_lowercase))
            }
            (_, Value::Text(value)) => text.push_str(value),
            (_, Value::Integer(number)) => text.push_str(&number.to_string()),
            (_, Value::Null) => text.push('\u{0}'),
            (_, Value::Real(_) | Value::Blob(_)) => {
                unreachable!("strict tables of integers and text hold neither")
            }
        }
    }
}

/// The created row that is most like the wanted one, and the columns in which it differs: at least half must agree.
fn nearest(
    expected: &[RowChange],
    wanted: &RowChange,
    found: &[RowChange],
    extra: &[usize],
) -> Option<(usize, Vec<usize>)> {
    let target = wanted.after.as_ref()?;
    let compared = wanted
        .table
        .columns
        .iter()
        .filter(|column| column.policy != ComparisonPolicy::Generated)
        .count();
    let mut best: Option<(usize, Vec<usize>)> = None;
    for (place, index) in extra.iter().enumerate() {
        let change = &found[*index];
        let Some(row) = change
            .after
            .as_ref()
            .filter(|_| change.table == wanted.table)
        else {
            continue;
        };
        let differing: Vec<usize> = (0..row.len())
            .filter(|column| {
                let policy = wanted.table.columns[*column].policy;
                let follows = policy == ComparisonPolicy::Reference
                    && created_id(expected, &target[*column])
                    && created_id(found, &row[*column]);
                !follows && !equal(policy, &target[*column], &row[*column])
            })
            .collect();
        let better = best
            .as_ref()
            .is_none_or(|(_, fewest)| differing.len() < fewest.len());
        if 2 * differing.len() <= compared && better {
            best = Some((place, differing));
        }
    }
    best
}

fn created_id(changes: &[RowChange], value: &Value) -> bool {
    changes
        .iter()
        .any(|change| change.before.is_none() && *value == Value::Integer(change.id))
}

/// Whether two values are equal under a policy; references here are to rows that the world had.
fn equal(policy: ComparisonPolicy, left: &Value, right: &Value) -> bool {
    match (policy, left, right) {
        (ComparisonPolicy::Generated, ..) => true,
        (ComparisonPolicy::Folded, Value::Text(left), Value::Text(right)) => {
            left == right || left.to_lowercase() == right.to_lowercase()
        }
        _ => left == right,
    }
}

/// What findings are told with.
struct Report<'a> {
    tools: &'a [&'a str],
    company: &'a str,
}

impl Report<'_> {
    fn missing(&self, wanted: &RowChange, columns: Vec<ColumnFinding>) -> RowFinding {
        let columns = if columns.is_empty() {
            self.updated(wanted, |before, after| (after, before))
        } else {
            columns
        };
        RowFinding {
            finding: Finding::Missing,
            id: wanted.before.as_ref().map(|_| id(wanted)),
            calls: Vec::new(),
            severity: None,
            ..self.row(wanted, columns)
        }
    }

    fn extra(&self, change: &RowChange) -> RowFinding {
        // For a row that nobody expected to change, what was there before counts as expected.
        let columns = self.updated(change, |before, after| (before, after));
        self.row(change, columns)
    }

    fn wrong(&self, change: &RowChange, columns: Vec<ColumnFinding>) -> RowFinding {
        RowFinding {
            finding: Finding::Wrong,
            ..self.row(change, columns)
        }
    }

    fn row(&self, change: &RowChange, columns: Vec<ColumnFinding>) -> RowFinding {
        let row = change.after.as_ref().or(change.before.as_ref());
        RowFinding {
            finding: Finding::Extra,
            table: Cow::Borrowed(&*change.table.qualified_name),
            id: Some(id(change)),
            change: Cow::Borrowed(change.kind()),
            columns,
            row: row.map_or_else(RowValues::default, |row| {
                RowValues::of(change.table, Arc::clone(row))
            }),
            calls: change
                .calls
                .iter()
                .map(|number| MadeBy {
                    call: *number,
                    tool: self
                        .tools
                        .get(*number as usize - 1)
                        .map(|tool| (*tool).to_owned()),
                })
                .collect(),
            severity: Some(Severity::of(change, self.company)),
        }
    }

    /// The columns in which an update changes a row; `pick` says which of before and after was expected, and which is found.
    fn updated<'v>(
        &self,
        change: &'v RowChange,
        pick: impl Fn(&'v Value, &'v Value) -> (&'v Value, &'v Value),
    ) -> Vec<ColumnFinding> {
        let (Some(before), Some(after)) = (&change.before, &change.after) else {
            return Vec::new();
        };
        let differing = (0..before.len()).filter(|place| before[*place] != after[*place]);
        let columns = differing.map(|place| {
            let (expected, found) = pick(&before[place], &after[place]);
            self.column(change.table, place, expected, found)
        });
        columns.collect()
    }

    fn column(
        &self,
        table: &Table,
        place: usize,
        expected: &Value,
        found: &Value,
    ) -> ColumnFinding {
        let json =
            |value: &Value| breakroom_sandbox::row::value_to_json(&table.columns[place], value);
        ColumnFinding {
            name: table.columns[place].name.clone(),
            expected: json(expected),
            found: json(found),
        }
    }
}

fn id(change: &RowChange) -> String {
    format!("{:08}", change.id)
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
