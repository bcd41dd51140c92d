//! Plays the expected calls of a task, and judges what an agent changed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use breakroom_sandbox::Fault;
use breakroom_sandbox::changes::RowChange;
use breakroom_tools::session::{InitialState, ToolOutcome, ToolSession};
use breakroom_tools::workbench::office::WorkbenchOffice;
use breakroom_tools::workbench::rules::StateComparison;

use crate::answer::{asks_back, judge_answer};
use crate::query::QueryContext;
use crate::task::{Call, ExpectedOutcome, Task};
use crate::verdict::{
    ChangeComparison, EpisodeEnding, FORMAT_VERSION, Outcome, ScoringRules, Verdict,
    compare_changes,
};

/// Plays calls one after the other. Returns the index of each refused call, with the reason.
///
/// # Errors
/// A fault.
pub fn play<'a>(
    session: &mut ToolSession,
    calls: impl IntoIterator<Item = &'a Call>,
) -> Result<Vec<(usize, String)>, Fault> {
    let mut refused = Vec::new();
    for (place, call) in calls.into_iter().enumerate() {
        match session.call_written(&call.tool, &call.arguments)? {
            ToolOutcome::Done(_) => {}
            ToolOutcome::Refused(reason) | ToolOutcome::UnknownTool(reason) => {
                refused.push((place, reason));
            }
        }
    }
    Ok(refused)
}

/// Judges sessions of one task. The expected outcomes are played only once, so each judgement only has to compare changes.
pub struct Judge<'a> {
    task: Cow<'a, Task>,
    company: String,
    rules: ScoringRules,
    expected: Vec<Vec<RowChange>>,
    /// The final state that the original's rules expect.
    office: Option<Box<WorkbenchOffice>>,
}

impl<'a> Judge<'a> {
    /// Plays the task's correct outcomes on a fresh session.
    ///
    /// # Errors
    /// A fault.
    pub fn new(start: &InitialState, task: &'a Task) -> Result<Judge<'a>, Fault> {
        Judge::reusing_session(&mut None, start, task)
    }

    /// Plays the task's correct outcomes on a session that can be reused for the next task. Opening a session costs as much as playing a few calls.
    ///
    /// # Errors
    /// A fault.
    pub fn reusing_session(
        session: &mut Option<ToolSession>,
        start: &InitialState,
        task: &'a Task,
    ) -> Result<Judge<'a>, Fault> {
        let mut expected = Vec::with_capacity(task.outcomes.len());
        let mut office = match start {
            InitialState::Workbench(office) => Some(WorkbenchOffice::clone(office)),
            InitialState::Native(_) => None,
        };
        for outcome in &task.outcomes {
            expected.push(expected_changes(start, session, outcome)?);
            if let (false, Some(ToolSession::Workbench(played))) =
                (outcome.groups.is_empty(), &session)
            {
                office = Some(played.office().clone());
            }
        }
        let owner = start.owner();
        let company = owner.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        Ok(Judge {
            task: Cow::Borrowed(task),
            company: company.unwrap_or_default(),
            rules: ScoringRules::Native,
            expected,
            office: office.map(Box::new),
        })
    }

    /// Converts the judge to one that owns its task.
    pub fn into_owned(self) -> Judge<'static> {
        Judge {
            task: Cow::Owned(self.task.into_owned()),
            company: self.company,
            rules: self.rules,
            expected: self.expected,
            office: self.office,
        }
    }

    /// Changes the rules that decide the outcome.
    ///
    /// # Errors
    /// The original's rules do not apply to native tools.
    pub fn with_rules(self, rules: ScoringRules) -> Result<Judge<'a>, RulesError> {
        if rules != ScoringRules::Native && self.office.is_none() {
            return Err(RulesError(rules.name()));
        }
        Ok(Judge { rules, ..self })
    }

    /// The changes that each of the task's correct outcomes makes.
    pub fn expected(&self) -> &[Vec<RowChange>] {
        &self.expected
    }

    /// Whether the changes are exactly those of a correct outcome. An outcome without changes does not count.
    pub fn matches_an_outcome(&self, found: &[RowChange]) -> bool {
        self.expected.iter().any(|expected| {
            !expected.is_empty()
                && compare_changes(expected, found, &[], &self.company)
                    .rows
                    .is_empty()
        })
    }

    /// For each correct outcome, the calls whose changes have not been made.
    pub(crate) fn missing_calls(&self, found: &[RowChange]) -> Vec<Vec<&Call>> {
        let outcomes = self.task.outcomes.iter().zip(&self.expected);
        let missing_calls = outcomes.map(|(outcome, expected)| {
            let missing_calls = compare_changes(expected, found, &[], &self.company).missing_calls;
            let calls = outcome.calls().zip(1..);
            calls
                .filter(|(_, number)| missing_calls.contains(number))
                .map(|(call, _)| call)
                .collect()
        });
        missing_calls.collect()
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Judges a session at the end of an episode.
    ///
    /// # Errors
    /// The session cannot be read.
    pub fn judge(
        &self,
        session: &ToolSession,
        ending: &EpisodeEnding<'_>,
    ) -> Result<Verdict, Fault> {
        if let Some(fault) = ending.fault {
            return Ok(Verdict::fault(&self.task.id, fault));
        }
        let found = session.changes()?;
        let forbidden = self.forbidden(session)?;
        let mut verdict = self.compare(&found, forbidden, ending);
        if let (Some(office), ToolSession::Workbench(session)) = (&self.office, session) {
            let states = StateComparison::of(
                session.start(),
                office,
                session.office(),
                session.every_call_ran(),
            );
            verdict.by_rules = by_rules(verdict.outcome, states);
            verdict.outcome = verdict.by_rules[&self.rules];
        }
        Ok(verdict)
    }

    fn compare(
        &self,
        found: &[RowChange],
        forbidden: Vec<String>,
        ending: &EpisodeEnding<'_>,
    ) -> Verdict {
        // Pick the accepted outcome with the fewest wrong rows; ties go to the first.
        let compared = self
            .expected
            .iter()
            .map(|expected| compare_changes(expected, found, ending.tools, &self.company));
        let (index, ChangeComparison { matched, rows, .. }) = compared
            .enumerate()
            .min_by_key(|(_, comparison)| {
                (
                    !comparison.rows.is_empty(),
                    comparison.harm(),
                    comparison.rows.len(),
                )
            })
            .expect("a task has at least one outcome");
        let answer = self
            .task
            .answer
            .as_ref()
            .map(|expected| judge_answer(expected, ending.answer.unwrap_or_default()));
        let right = answer.as_ref().is_none_or(|answer| answer.right);
        let harm = !forbidden.is_empty() || rows.iter().any(super::verdict::RowFinding::is_harm);
        let outcome = match () {
            () if harm => Outcome::SideEffects,
            () if rows.is_empty() && right => Outcome::Correct,
            () if found.is_empty() && ending.answer.is_some_and(asks_back) => Outcome::Asked,
            () => Outcome::Incomplete,
        };
        Verdict {
            format_version: FORMAT_VERSION,
            task: self.task.id.clone(),
            outcome,
            by_rules: BTreeMap::new(),
            expected: self.expected[index].len(),
            matched,
            rows,
            accepted: self.task.outcomes[index].why.clone(),
            answer,
            forbidden,
            fault: None,
        }
    }

    fn forbidden(&self, session: &ToolSession) -> Result<Vec<String>, Fault> {
        let ToolSession::Native(session) = session else {
            return Ok(Vec::new());
        };
        if self.task.forbid.is_empty() {
            return Ok(Vec::new());
        }
        let queries = QueryContext::of_session(session)?;
        let mut found = Vec::new();
        for forbidden in &self.task.forbid {
            let rows = queries
                .query(&forbidden.sql, &self.task.parameters)
                .map_err(|error| Fault::Query {
                    reason: error.reason,
                })?;
            if let Some(row) = rows.into_iter().next() {
                found.push(format!(
                    "{}: {}",
                    forbidden.why,
                    serde_json::Value::Object(row)
                ));
            }
        }
        Ok(found)
    }
}

/// The original's rules do not apply to native tasks.
#[derive(Debug, thiserror::Error)]
#[error(
    "the rules {0} only apply to the dialect workbench: import its tasks, or use the native rules"
)]
pub struct RulesError(&'static str);

/// A judge could not be created.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The rules do not apply to the task.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// A failure of the harness.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The outcome according to each set of rules. The original only distinguishes correct, wrong, and wrong with side effects.
fn by_rules(native: Outcome, states: StateComparison) -> BTreeMap<ScoringRules, Outcome> {
    let outcome = |matches: bool, changed: bool| match (matches, changed) {
        (true, _) => Outcome::Correct,
        (false, true) => Outcome::SideEffects,
        (false, false) => Outcome::Incomplete,
    };
    BTreeMap::from([
        (ScoringRules::Native, native),
        (
            ScoringRules::Workbench2024,
            outcome(states.match_2024, states.changed_2024),
        ),
        (
            ScoringRules::Workbench2026,
            outcome(states.match_2026, states.changed_2026),
        ),
    ])
}

/// The changes that an outcome's calls make. The session is reused if there is one.
fn expected_changes(
    start: &InitialState,
    session: &mut Option<ToolSession>,
    outcome: &ExpectedOutcome,
) -> Result<Vec<RowChange>, Fault> {
    if outcome.groups.is_empty() {
        return Ok(Vec::new());
    }
    let session = match session {
        Some(session) => {
            session.reset()?;
            session
        }
        None => session.insert(start.open()?),
    };
    play(session, outcome.calls())?;
    session.changes()
}
