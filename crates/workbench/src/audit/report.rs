//! What an audit of a checkout finds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use breakroom_tasks::workbench::import;
use breakroom_tools::workbench::checkout::{list_tasks, read_office};
use serde::Serialize;

use super::agreement::{Agreement, Disagreement, UNCLASSED, agreements};
use super::checks::{self, AuditFinding, OriginalTasks};

/// What an audit found.
#[derive(Debug, Serialize)]
pub struct AuditReport {
    /// The version of this form.
    pub format_version: u32,
    /// Native rules beside each column of the record.
    pub agreement: Vec<Agreement>,
    /// Every run that they disagree about.
    pub disagreements: Vec<Disagreement>,
    /// What is wrong with tasks, answers and data.
    pub findings: Vec<AuditFinding>,
}

impl AuditReport {
    /// The disagreements that no class accounts for.
    pub fn unclassed(&self) -> impl Iterator<Item = &Disagreement> {
        self.disagreements.iter().filter(|it| it.class == UNCLASSED)
    }
}

/// Audits a checkout.
///
/// # Errors
/// A file that cannot be read, or a run whose prompt no task has.
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
