//! Playing the calls that are expected, and judging what an agent left.

use std::borrow::Cow;
use std::collections::BTreeMap;

use breakroom_sandbox::Fault;
use breakroom_sandbox::changes::RowChange;
use breakroom_tools::session::{Outcome as Called, Session, Start};
use breakroom_tools::workbench::office::Office;
use breakroom_tools::workbench::rules::States;

use crate::answer::{asks_back, judge_answer};
use crate::study::Study;
use crate::task::{Call, Expected, Task};
use crate::verdict::{Comparison, Ending, FORMAT_VERSION, Outcome, Rules, Verdict, compare};

/// Plays calls one after the other; returns for each that was refused its place and the reason.
///
/// # Errors
/// A fault.
pub fn play<'a>(
    session: &mut Session,
    calls: impl IntoIterator<Item = &'a Call>,
) -> Result<Vec<(usize, String)>, Fault> {
    let mut refused = Vec::new();
    for (place, call) in calls.into_iter().enumerate() {
        match session.call_written(&call.tool, &call.arguments)? {
            Called::Done(_) => {}
            Called::Refused(reason) | Called::UnknownTool(reason) => {
                refused.push((place, reason));
            }
        }
    }
    Ok(refused)
}

/// A task whose outcomes were played once, so that judging costs what changed.
pub struct Judge<'a> {
    task: Cow<'a, Task>,
    company: String,
    rules: Rules,
    expected: Vec<Vec<RowChange>>,
    /// The office that the original's rules expect.
    office: Option<Box<Office>>,
}

impl<'a> Judge<'a> {
    /// Plays the task's outcomes on a fresh session.
    ///
    /// # Errors
    /// A fault.
    pub fn new(start: &Start, task: &'a Task) -> Result<Judge<'a>, Fault> {
        Judge::on(&mut None, start, task)
    }

    /// Plays the task's outcomes on a session that is kept for the next task, since opening one costs as much as playing a few calls.
    ///
    /// # Errors
    /// A fault.
    pub fn on(
        session: &mut Option<Session>,
        start: &Start,
        task: &'a Task,
    ) -> Result<Judge<'a>, Fault> {
        let mut expected = Vec::with_capacity(task.outcomes.len());
        let mut office = match start {
            Start::Workbench(office) => Some(Office::clone(office)),
            Start::Native(_) => None,
        };
        for outcome in &task.outcomes {
            expected.push(changes_of(start, session, outcome)?);
            if let (false, Some(Session::Workbench(played))) = (outcome.groups.is_empty(), &session)
            {
                office = Some(played.office().clone());
            }
        }
        let owner = start.owner();
        let company = owner.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        Ok(Judge {
            task: Cow::Borrowed(task),
            company: company.unwrap_or_default(),
            rules: Rules::Native,
            expected,
            office: office.map(Box::new),
        })
    }

    /// The same judge with a task of its own, to be kept for as long as one likes.
    pub fn into_owned(self) -> Judge<'static> {
        Judge {
            task: Cow::Owned(self.task.into_owned()),
            company: self.company,
            rules: self.rules,
            expected: self.expected,
            office: self.office,
        }
    }

    /// Lets other rules decide the outcome.
    ///
    /// # Errors
    /// The original's rules do not apply to native tools.
    pub fn with_rules(self, rules: Rules) -> Result<Judge<'a>, RulesError> {
        if rules != Rules::Native && self.office.is_none() {
            return Err(RulesError(rules.name()));
        }
        Ok(Judge { rules, ..self })
    }

    /// The changes that each of the task's outcomes makes.
    pub fn expected(&self) -> &[Vec<RowChange>] {
        &self.expected
    }

    /// Whether changes are those of an outcome that is right, one that changes something.
    pub fn is_reached(&self, found: &[RowChange]) -> bool {
        self.expected.iter().any(|expected| {
            !expected.is_empty() && compare(expected, found, &[], &self.company).rows.is_empty()
        })
    }

    /// For each outcome, those of its calls whose changes are not there.
    pub(crate) fn open(&self, found: &[RowChange]) -> Vec<Vec<&Call>> {
        let outcomes = self.task.outcomes.iter().zip(&self.expected);
        let open = outcomes.map(|(outcome, expected)| {
            let open = compare(expected, found, &[], &self.company).open;
            let calls = outcome.calls().zip(1..);
            calls
                .filter(|(_, number)| open.contains(number))
                .map(|(call, _)| call)
                .collect()
        });
        open.collect()
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Judges what a session holds at the end of an episode.
    ///
    /// # Errors
    /// A fault while the session is read.
    pub fn judge(&self, session: &Session, ending: &Ending<'_>) -> Result<Verdict, Fault> {
        if let Some(fault) = ending.fault {
            return Ok(Verdict::fault(&self.task.id, fault));
        }
        let found = session.changes()?;
        let forbidden = self.forbidden(session)?;
        let mut verdict = self.compare(&found, forbidden, ending);
        if let (Some(office), Session::Workbench(session)) = (&self.office, session) {
            let states = States::of(
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

    fn compare(&self, found: &[RowChange], forbidden: Vec<String>, ending: &Ending<'_>) -> Verdict {
        // The reading under which least is wrong, and of those the first.
        let compared = self
            .expected
            .iter()
            .map(|expected| compare(expected, found, ending.tools, &self.company));
        let (index, Comparison { matched, rows, .. }) = compared
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

    fn forbidden(&self, session: &Session) -> Result<Vec<String>, Fault> {
        let Session::Native(session) = session else {
            return Ok(Vec::new());
        };
        if self.task.forbid.is_empty() {
            return Ok(Vec::new());
        }
        let study = Study::of_session(session)?;
        let mut found = Vec::new();
        for forbidden in &self.task.forbid {
            let rows = study
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

/// The original's rules were asked for where they do not apply.
#[derive(Debug, thiserror::Error)]
#[error("the rules {0} judge the dialect workbench: import its tasks, or judge by native")]
pub struct RulesError(&'static str);

/// Why a judge could not be had.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The original's rules were asked for where they do not apply.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The outcome by each of the rules. The original knows right, wrong, and wrong with side effects.
fn by_rules(native: Outcome, states: States) -> BTreeMap<Rules, Outcome> {
    let outcome = |matches: bool, changed: bool| match (matches, changed) {
        (true, _) => Outcome::Correct,
        (false, true) => Outcome::SideEffects,
        (false, false) => Outcome::Incomplete,
    };
    BTreeMap::from([
        (Rules::Native, native),
        (
            Rules::Workbench2024,
            outcome(states.match_2024, states.changed_2024),
        ),
        (
            Rules::Workbench2026,
            outcome(states.match_2026, states.changed_2026),
        ),
    ])
}

/// What an outcome's calls change, played on a session that is kept for the next.
fn changes_of(
    start: &Start,
    session: &mut Option<Session>,
    outcome: &Expected,
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
