//! Rules that are checked by playing variants of the oracle's calls.

use breakroom_sandbox::Fault;
use breakroom_tools::session::{Dialect, InitialState, ToolSession};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::judge::{Judge, play};
use crate::task::{Call, Task};
use crate::verdict::{EpisodeEnding, Outcome, Verdict};

/// How many orders are tried besides the oracle's and its reverse.
const OTHER_ORDERS: u64 = 3;

/// A task to check, and a session to play calls on.
pub(super) struct LintContext<'a> {
    pub(super) task: &'a Task,
    pub(super) start: &'a InitialState,
    pub(super) judge: Judge<'a>,
    pub(super) session: ToolSession,
}

impl<'a> LintContext<'a> {
    /// Plays calls on a reset session and judges the result.
    pub(super) fn judged<'b>(
        &mut self,
        calls: impl IntoIterator<Item = &'b Call>,
    ) -> Result<Verdict, Fault> {
        self.session.reset()?;
        play(&mut self.session, calls)?;
        let right = self
            .task
            .answer
            .as_ref()
            .map(crate::task::ExpectedAnswer::correct_answer);
        self.judge.judge(
            &self.session,
            &EpisodeEnding {
                answer: right.as_deref(),
                ..EpisodeEnding::default()
            },
        )
    }

    pub(super) fn calls(&self) -> Vec<&'a Call> {
        self.task.outcomes[0].calls().collect()
    }
}

fn said(call: &Call) -> String {
    format!("{} {}", call.tool, call.arguments)
}

/// Whether the verdict is correct because of the oracle's own outcome rather than another accepted one.
pub(super) fn by_the_oracle(verdict: &Verdict) -> bool {
    verdict.outcome.is_correct() && verdict.accepted.is_none()
}

pub(super) fn oracle(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    for outcome in &context.task.outcomes {
        context.session.reset()?;
        for (place, reason) in play(&mut context.session, outcome.calls())? {
            let call = outcome.calls().nth(place).map(said).unwrap_or_default();
            messages.push(format!("{call} is refused: {reason}"));
        }
        let verdict = context.judged(outcome.calls())?;
        if !verdict.outcome.is_correct() {
            messages.push(format!("the expected calls are not correct: {verdict}"));
        }
    }
    Ok(())
}

pub(super) fn nothing(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let verdict = context
        .judge
        .judge(&context.start.open()?, &EpisodeEnding::default())?;
    match (
        verdict.outcome.is_correct(),
        context.task.expects_no_change(),
    ) {
        (true, false) => {
            messages.push("doing nothing is correct, but the task requires a change".to_owned())
        }
        (false, true) => messages.push(format!(
            "doing nothing is not correct, but the task requires no change: {verdict}"
        )),
        _ => {}
    }
    Ok(())
}

pub(super) fn order(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let groups = &context.task.outcomes[0].groups;
    if groups.iter().all(|group| group.len() < 2) {
        return Ok(());
    }
    let reversed: Vec<&Call> = groups.iter().flat_map(|group| group.iter().rev()).collect();
    let mut orders = vec![reversed];
    for seed in 0..OTHER_ORDERS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        orders.push(
            groups
                .iter()
                .flat_map(|group| shuffled(&mut rng, group))
                .collect(),
        );
    }
    for order in orders {
        let verdict = context.judged(order.iter().copied())?;
        if !verdict.outcome.is_correct() {
            let calls: Vec<String> = order.iter().map(|call| said(call)).collect();
            messages.push(format!(
                "another order is not correct: {}: {verdict}",
                calls.join(", ")
            ));
        }
    }
    Ok(())
}

fn shuffled<'a>(rng: &mut ChaCha8Rng, calls: &'a [Call]) -> Vec<&'a Call> {
    let mut calls: Vec<&Call> = calls.iter().collect();
    for last in (1..calls.len()).rev() {
        calls.swap(last, (rng.next_u64() % (last as u64 + 1)) as usize);
    }
    calls
}

pub(super) fn left_out(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let calls = context.calls();
    for left_out in 0..calls.len() {
        let rest = calls
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != left_out)
            .map(|(_, call)| *call);
        if by_the_oracle(&context.judged(rest)?) {
            messages.push(format!(
                "the task is still correct without {}",
                said(calls[left_out])
            ));
        }
    }
    Ok(())
}

pub(super) fn doubled(
    context: &mut LintContext<'_>,
    messages: &mut Vec<String>,
) -> Result<(), Fault> {
    let calls = context.calls();
    for twice in 0..calls.len() {
        let with_twice = calls
            .iter()
            .enumerate()
            .flat_map(|(place, call)| std::iter::repeat_n(*call, 1 + usize::from(place == twice)));
        let verdict = context.judged(with_twice)?;
        let expected = if creates(context.start.dialect(), &calls[twice].tool) {
            Outcome::SideEffects
        } else {
            Outcome::Correct
        };
        if verdict.outcome != expected {
            messages.push(format!(
                "{} made twice is {}, not {}",
                said(calls[twice]),
                verdict.outcome.name(),
                expected.name()
            ));
        }
    }
    Ok(())
}

/// Whether every call of a tool creates another row.
fn creates(dialect: Dialect, tool: &str) -> bool {
    let hints = dialect.tool_hints(tool);
    hints.is_some_and(|hints| !hints.idempotent)
}
