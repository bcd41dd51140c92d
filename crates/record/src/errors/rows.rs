//! Rules over the verdict: rows that are missing, too many or wrong, and the answer.

use breakroom_sandbox::schema::{self, ComparisonPolicy};
use breakroom_tasks::verdict::{ColumnFinding, FindingKind, RowFinding};
use serde_json::Value as Json;

use super::evidence::{Evidence, RuleMatch};
use crate::trace::RowDiff;

pub(super) fn right_then_undone(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let call = evidence.right_after?;
    let lost = evidence
        .verdict
        .rows
        .iter()
        .find(|row| row.finding != FindingKind::Extra)?;
    Some(RuleMatch::decisive(
        format!(
            "everything was right after call {call}, but at the end {} is {}",
            lost.title(),
            if lost.finding == FindingKind::Missing {
                "missing"
            } else {
                "wrong"
            }
        ),
        vec![call],
    ))
}

/// The numbers of the calls that changed a row.
fn made_by(row: &RowFinding) -> Vec<u32> {
    row.calls.iter().map(|made| made.call).collect()
}

/// The last call that changed a row, in words.
fn by(row: &RowFinding) -> String {
    match row.calls.last() {
        Some(made) => format!("call {}", made.call),
        None => "the agent".to_owned(),
    }
}

pub(super) fn wrong_target(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let mut found: Vec<RuleMatch> = pairs(evidence)
        .into_iter()
        .map(|(extra, missing)| {
            let why = format!(
                "{} {} {} instead of {}",
                by(extra),
                extra.change,
                extra.title(),
                missing.title()
            );
            RuleMatch::decisive(why, made_by(extra))
        })
        .collect();
    found.extend(evidence.rows(FindingKind::Wrong).filter_map(|row| {
        let column = wrong_person(row)?;
        let why = format!("{} created {}; {}", by(row), row.title(), differs(column));
        Some(RuleMatch::decisive(why, made_by(row)))
    }));
    RuleMatch::combine(found)
}

/// Rows that were changed by mistake, each with the row that should have been changed instead.
fn pairs<'a>(evidence: &Evidence<'a>) -> Vec<(&'a RowFinding, &'a RowFinding)> {
    let mut missing: Vec<&RowFinding> = evidence.rows(FindingKind::Missing).collect();
    let mut pairs = Vec::new();
    for extra in evidence.rows(FindingKind::Extra) {
        if let Some(place) = missing.iter().position(|row| same_action(extra, row)) {
            pairs.push((extra, missing.remove(place)));
        }
    }
    pairs
}

/// Whether one row got the change that the other should have got.
fn same_action(extra: &RowFinding, missing: &RowFinding) -> bool {
    if extra.table != missing.table || extra.change != missing.change || extra.id == missing.id {
        return false;
    }
    match &*extra.change {
        "deleted" => true,
        "updated" => {
            // A missing row has the value that it should have got as `expected`; an extra row has the value that it got as `found`.
            let got = |column: &ColumnFinding| {
                extra.columns.iter().any(|other| {
                    other.name == column.name && folded(&other.found) == folded(&column.expected)
                })
            };
            extra.columns.len() == missing.columns.len() && missing.columns.iter().any(got)
        }
        // The verdict already pairs similar created rows.
        _ => false,
    }
}

/// The column that makes a created row belong to somebody else or refer to another row. Apart from references, only columns with addresses may differ;
/// if a reference differs, other columns may follow from it, as a reply takes its subject and recipient from the mail that it refers to.
fn wrong_person(row: &RowFinding) -> Option<&ColumnFinding> {
    if row.change != "created" {
        return None;
    }
    let policy = |column: &ColumnFinding| policy(&row.table, &column.name);
    let reference = row
        .columns
        .iter()
        .find(|column| policy(column) == Some(ComparisonPolicy::Reference));
    let address = |value: &Json| value.as_str().is_some_and(|text| text.contains('@'));
    let people = row
        .columns
        .iter()
        .all(|column| address(&column.expected) && address(&column.found));
    reference.or_else(|| row.columns.first().filter(|_| people))
}

fn policy(table: &str, column: &str) -> Option<ComparisonPolicy> {
    let mut tables = schema::tables().iter();
    let table = tables.find(|known| known.qualified_name == table)?;
    table
        .column_index(column)
        .map(|place| table.columns[place].policy)
}

fn folded(value: &Json) -> Json {
    match value {
        Json::String(text) => Json::String(text.to_lowercase()),
        other => other.clone(),
    }
}

fn differs(column: &ColumnFinding) -> String {
    format!(
        "{} is {}, expected {}",
        column.name, column.found, column.expected
    )
}

pub(super) fn duplicate_action(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let found = evidence.rows(FindingKind::Extra).filter_map(|row| {
        let twin = twin(evidence, row)?;
        let why = format!(
            "{} created {}, as call {twin} already had",
            by(row),
            row.title()
        );
        Some(RuleMatch::decisive(why, made_by(row)))
    });
    RuleMatch::combine(found.collect())
}

/// The earlier call that created an equal row.
fn twin(evidence: &Evidence<'_>, row: &RowFinding) -> Option<u32> {
    if row.change != "created" {
        return None;
    }
    let own = row.calls.first()?.call;
    let own_row = row.row.to_json();
    let like = content(&row.table, fields(&own_row));
    let is_twin = |step: &RowDiff| {
        step.table == row.table
            && Some(&step.id) != row.id.as_ref()
            && step.before.is_null()
            && content(&row.table, fields(&step.after)) == like
    };
    let mut before = evidence.calls().filter(|call| call.number <= own);
    before
        .find(|call| call.changed.iter().any(is_twin))
        .map(|call| call.number)
}

fn fields(row: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let fields = row.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.as_str(), value))
}

/// A row's values without generated ids, in lower case.
fn content<'a>(table: &str, row: impl Iterator<Item = (&'a str, &'a Json)>) -> Vec<Json> {
    row.enumerate()
        .filter(|(place, (name, _))| match policy(table, name) {
            Some(policy) => policy != ComparisonPolicy::Generated,
            // In a table of the original, the first column is the id.
            None => *place > 0,
        })
        .map(|(_, (_, value))| folded(value))
        .collect()
}

pub(super) fn wrong_value(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let rows = evidence.rows(FindingKind::Wrong);
    let found = rows.filter(|row| wrong_person(row).is_none()).map(|row| {
        let columns: Vec<String> = row.columns.iter().map(differs).collect();
        let why = format!(
            "{} {} {}: {}",
            by(row),
            row.change,
            row.title(),
            columns.join(", ")
        );
        RuleMatch::decisive(why, made_by(row))
    });
    RuleMatch::combine(found.collect())
}

pub(super) fn extra_action(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let targets = pairs(evidence);
    let found = evidence
        .rows(FindingKind::Extra)
        .filter(|row| !targets.iter().any(|(extra, _)| std::ptr::eq(*extra, *row)))
        .filter(|row| twin(evidence, row).is_none())
        .map(|row| {
            let why = format!("{} {} {}", by(row), row.change, row.title());
            RuleMatch::decisive(why, made_by(row))
        });
    RuleMatch::combine(found.collect())
}

pub(super) fn forbidden(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let found = evidence.verdict.forbidden.iter();
    let found = found.map(|what| RuleMatch::decisive(what.clone(), Vec::new()));
    RuleMatch::combine(found.collect())
}

pub(super) fn missing_action(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let targets = pairs(evidence);
    let found = evidence
        .rows(FindingKind::Missing)
        .filter(|row| {
            !targets
                .iter()
                .any(|(_, missing)| std::ptr::eq(*missing, *row))
        })
        .map(|row| {
            let why = format!("{} was not {}", row.title(), row.change);
            RuleMatch::decisive(why, Vec::new())
        });
    RuleMatch::combine(found.collect())
}

pub(super) fn wrong_answer(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let answer = evidence.verdict.answer.as_ref()?;
    (!answer.right).then(|| {
        RuleMatch::decisive(
            format!("expected {}, found {:?}", answer.expected, answer.found),
            Vec::new(),
        )
    })
}

pub(super) fn other_rules(evidence: &Evidence<'_>) -> Option<RuleMatch> {
    let verdict = evidence.verdict;
    let right = verdict.fault.is_none()
        && verdict.rows.is_empty()
        && verdict.forbidden.is_empty()
        && verdict.answer.as_ref().is_none_or(|answer| answer.right);
    right.then(|| RuleMatch::decisive("every row is as expected", Vec::new()))
}
