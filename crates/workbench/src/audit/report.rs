//! The report of an audit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::workbench::import;
use breakroom_tools::workbench::checkout::{list_tasks, read_office};
use serde::Serialize;

use super::agreement::{Agreement, Disagreement, UNCLASSED, agreements};
use super::checks::{self, AuditFinding, OriginalTasks};

/// The report of an audit.
#[derive(Debug, Serialize)]
pub struct AuditReport {
    /// The version of this format.
    pub format_version: u32,
    /// How native rules agree with each column of the record.
    pub agreement: Vec<Agreement>,
    /// Every run on which they disagree.
    pub disagreements: Vec<Disagreement>,
    /// What the checks of tasks, answers and data found.
    pub findings: Vec<AuditFinding>,
}

impl AuditReport {
    /// The disagreements that no class explains.
    pub fn unclassed(&self) -> impl Iterator<Item = &Disagreement> {
        self.disagreements.iter().filter(|it| it.class == UNCLASSED)
    }
}

/// Audits a checkout.
///
/// # Errors
/// A file cannot be read, or no task has the prompt of a run.
pub fn audit(folder: &Path, results: &[PathBuf], oracle: Option<&Path>) -> Result<AuditReport> {
    let (agreement, disagreements) = agreements(folder, results, oracle)?;
    let original = OriginalTasks {
        listed: list_tasks(folder, None)?,
        suite: import(folder, None)?,
        office: Arc::new(read_office(folder)?),
    };
    Ok(AuditReport {
        format_version: 1,
        agreement,
        disagreements,
        findings: checks::find(&original)?,
    })
}
