//! Collects the findings of a check.

use std::fmt;

use crate::row::{Row, row_id};
use crate::schema::TableId;

/// A violation of a rule by a row or by the world as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoherenceFinding {
    /// The rule's name, one of [`RULES`](super::RULES).
    pub rule: &'static str,
    /// The row's table and id, or `None` if the world as a whole violates the rule.
    pub row: Option<(TableId, i64)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for CoherenceFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some((table, id)) => write!(
                formatter,
                "{}: {} {id:08}: {}",
                self.rule,
                table.table().qualified_name,
                self.message
            ),
            None => write!(formatter, "{}: {}", self.rule, self.message),
        }
    }
}

/// The findings so far, and the rule that is being checked.
pub(super) struct CoherenceReport {
    pub(super) rule: &'static str,
    pub(super) findings: Vec<CoherenceFinding>,
}

impl CoherenceReport {
    /// Adds a finding about a row.
    pub(super) fn add_row(&mut self, table: TableId, row: &Row, message: impl Into<String>) {
        let id = row_id(row);
        self.findings.push(CoherenceFinding {
            rule: self.rule,
            row: Some((table, id)),
            message: message.into(),
        });
    }

    /// Adds a finding about the world as a whole, unless the condition holds.
    pub(super) fn require(&mut self, holds: bool, message: impl Into<String>) {
        if !holds {
            self.findings.push(CoherenceFinding {
                rule: self.rule,
                row: None,
                message: message.into(),
            });
        }
    }
}
