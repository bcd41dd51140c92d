//! Rules that are tried by playing the oracle's calls with something changed.

use breakroom_sandbox::Fault;
use breakroom_tools::session::{InitialState, ToolSession};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::judge::{Judge, play};
use crate::task::{Call, Task};
use crate::verdict::{Ending, Outcome, Verdict};

/// Orders that are tried beside the oracle's and its reverse.
const OTHER_ORDERS: u64 = 3;

/// One task, and a session to play on.
pub(super) struct Bench<'a> {
    pub(super) task: &'a Task,
    pub(super) start: &'a InitialState,
    pub(super) judge: Judge<'a>,
    pub(super) session: ToolSession,
}

impl<'a> Bench<'a> {
    /// Plays calls from a fresh start and judges what they leave.
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
            .map(crate::task::ExpectedAnswer::words);
        self.judge.judge(
            &self.session,
            &Ending {
                answer: right.as_deref(),
                ..Ending::default()
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

/// Correct by the oracle's own outcome, rather than by another that is accepted.
pub(super) fn by_the_oracle(verdict: &Verdict) -> bool {
    verdict.outcome == Outcome::Correct && verdict.accepted.is_none()
}

pub(super) fn oracle(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    for outcome in &bench.task.outcomes {
        bench.session.reset()?;
        for (place, reason) in play(&mut bench.session, outcome.calls())? {
            let call = outcome.calls().nth(place).map(said).unwrap_or_default();
            messages.push(format!("{call} is refused: {reason}"));
        }
        let verdict = bench.judged(outcome.calls())?;
        if verdict.outcome != Outcome::Correct {
            messages.push(format!("the expected calls are not correct: {verdict}"));
        }
    }
    Ok(())
}

pub(super) fn nothing(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    let verdict = bench
        .judge
        .judge(&bench.start.open()?, &Ending::default())?;
    match (
        verdict.outcome == Outcome::Correct,
        bench.task.expects_nothing(),
    ) {
        (true, false) => {
            messages.push("doing nothing is correct, and the task asks for something".to_owned())
        }
        (false, true) => messages.push(format!(
            "doing nothing is not correct, and the task asks for nothing: {verdict}"
        )),
        _ => {}
    }
    Ok(())
}

pub(super) fn order(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    let groups = &bench.task.outcomes[0].groups;
    if groups.iter().all(|group| group.len() < 2) {
        return Ok(());
    }
    let reversed: Vec<&Call> = groups.iter().flat_map(|group| group.iter().rev()).collect();
    let mut orders = vec![reversed];
    for seed in 0..OTHER_ORDERS {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        orders.push(
            groups
                .iter()
                .flat_map(|group| shuffled(&mut dice, group))
                .collect(),
        );
    }
    for order in orders {
        let verdict = bench.judged(order.iter().copied())?;
        if verdict.outcome != Outcome::Correct {
            let calls: Vec<String> = order.iter().map(|call| said(call)).collect();
            messages.push(format!(
                "another order is not correct: {}: {verdict}",
                calls.join(", ")
            ));
        }
    }
    Ok(())
}

fn shuffled<'a>(dice: &mut ChaCha8Rng, calls: &'a [Call]) -> Vec<&'a Call> {
    let mut calls: Vec<&Call> = calls.iter().collect();
    for last in (1..calls.len()).rev() {
        calls.swap(last, (dice.next_u64() % (last as u64 + 1)) as usize);
    }
    calls
}

pub(super) fn left_out(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    let calls = bench.calls();
    for left_out in 0..calls.len() {
        let rest = calls
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != left_out)
            .map(|(_, call)| *call);
        if by_the_oracle(&bench.judged(rest)?) {
            messages.push(format!(
                "without {} it is correct still",
                said(calls[left_out])
            ));
        }
    }
    Ok(())
}

pub(super) fn doubled(bench: &mut Bench<'_>, messages: &mut Vec<String>) -> Result<(), Fault> {
    let calls = bench.calls();
    for twice in 0..calls.len() {
        let with_twice = calls
            .iter()
            .enumerate()
            .flat_map(|(place, call)| std::iter::repeat_n(*call, 1 + usize::from(place == twice)));
        let verdict = bench.judged(with_twice)?;
        let expected = if creates(bench.start, &calls[twice].tool) {
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

/// Whether each call of a tool makes another row. The same plot made again is the same plot, but not in the original.
fn creates(start: &InitialState, tool: &str) -> bool {
    if matches!(start, InitialState::Workbench(_)) && tool == "analytics.create_plot" {
        return true;
    }
    let verbs = [
        "create_event",
        "create_task",
        "add_customer",
        "send_email",
        "forward_email",
        "reply_email",
    ];
    verbs.iter().any(|verb| tool.ends_with(verb))
}
