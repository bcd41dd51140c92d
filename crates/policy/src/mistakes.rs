//! The intern's mistakes. A task has at most one; the seed and the task's id decide which. If a mistake is impossible in a task (such as
//! forgetting one of several changes when there is only one), the next one with the same kind of effect replaces it.
//!
//! | mistake | in 100 tasks | effect |
//! |---|---|---|
//! | changes a namesake, or the row next to the right one | 5 | side effects |
//! | picks a colleague with the same first name, or the next in the directory | 3 | side effects |
//! | is off by a day or half an hour | 4 | side effects |
//! | forgets one of several changes | 4 | incomplete |
//! | does something that nobody asked for, such as sending a note | 3 | side effects |
//! | makes the same change twice | 2 | side effects |
//! | asks the user instead of making the changes | 4 | asked; correct if nothing is to be done |
//! | gives up | 3 | incomplete; correct if nothing is to be done |
//! | guesses an id without looking it up | 2 | side effects, or refused and incomplete |
//! | writes a malformed action, then corrects it | 5 | correct |
//! | calls an unknown tool, then the right one | 4 | correct |
//! | repeats a refused call, then corrects it | 4 | correct |
//!
//! The intern solves about 72 in 100 tasks of the suite that ships; a test checks 68 to 77 for several seeds.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use super::mutations;
use super::near_misses::{self, TimeShift};
use super::plan::Plan;
use super::plan_context::PlanContext;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    WrongRow,
    WrongPerson,
    WrongDay,
    Forgets,
    Unrequested,
    Twice,
    AsksBack,
    GivesUp,
    GuessedId,
    MalformedCall,
    UnknownTool,
    RepeatsRefused,
}

/// Mistakes that make the verdict wrong, and in how many of 100 tasks each happens.
const HARMFUL: [(Mistake, usize); 9] = [
    (Mistake::WrongRow, 5),
    (Mistake::WrongPerson, 3),
    (Mistake::WrongDay, 4),
    (Mistake::Forgets, 4),
    (Mistake::Unrequested, 3),
    (Mistake::Twice, 2),
    (Mistake::AsksBack, 4),
    (Mistake::GivesUp, 3),
    (Mistake::GuessedId, 2),
];

/// Mistakes that the intern recovers from; they only cost steps.
const RECOVERED: [(Mistake, usize); 3] = [
    (Mistake::MalformedCall, 5),
    (Mistake::UnknownTool, 4),
    (Mistake::RepeatsRefused, 4),
];

/// The plan with the mistake that the seed and the task determine; None if there is no mistake.
pub(super) fn with_mistake(context: &PlanContext<'_>, plan: &Plan, seed: u64) -> Option<Plan> {
    let mut rng = task_rng(seed, &context.task.id);
    let mut roll = below(&mut rng, 100);
    for group in [&HARMFUL[..], &RECOVERED[..]] {
        for (first, (_, share)) in group.iter().enumerate() {
            if roll >= *share {
                roll -= share;
                continue;
            }
            let order = (0..group.len()).map(|next| group[(first + next) % group.len()].0);
            return order
                .into_iter()
                .find_map(|mistake| mistake.apply(context, plan, &mut rng));
        }
    }
    None
}

impl Mistake {
    /// The plan with this mistake, if the mistake is possible.
    fn apply(self, context: &PlanContext<'_>, plan: &Plan, rng: &mut ChaCha8Rng) -> Option<Plan> {
        let nth = below(rng, plan.write_steps().len().max(1));
        let shift = if below(rng, 2) == 0 {
            TimeShift::Day
        } else {
            TimeShift::HalfHour
        };
        let mut changed = plan.clone();
        let is_applied = match self {
            Mistake::WrongRow => near_misses::wrong_row(context, &mut changed, nth),
            Mistake::WrongPerson => near_misses::wrong_person(context, &mut changed, nth),
            Mistake::WrongDay => near_misses::wrong_day(&mut changed, nth, shift),
            Mistake::Forgets => mutations::forgets(&mut changed, nth),
            Mistake::Twice => mutations::twice(&mut changed, nth),
            Mistake::GuessedId => near_misses::guessed_id(context, &mut changed, nth),
            Mistake::MalformedCall => mutations::malformed_call(&mut changed),
            Mistake::UnknownTool => mutations::unknown_tool(&mut changed),
            Mistake::RepeatsRefused => mutations::repeats_refused(&mut changed),
            Mistake::Unrequested => {
                return mutations::unrequested_call(context)
                    .map(|_| mutations::unrequested(context, plan));
            }
            Mistake::AsksBack => return Some(mutations::asks_back(context, plan)),
            Mistake::GivesUp => return Some(mutations::gives_up(plan)),
        };
        is_applied.then_some(changed)
    }
}

/// The random numbers of one task.
fn task_rng(seed: u64, task: &str) -> ChaCha8Rng {
    let digest = Sha256::digest(format!("intern\n{seed}\n{task}"));
    ChaCha8Rng::seed_from_u64(u64::from_le_bytes(std::array::from_fn(|index| {
        digest[index]
    })))
}

fn below(rng: &mut ChaCha8Rng, count: usize) -> usize {
    let wide = u128::from(rng.next_u64()) * count as u128;
    (wide >> 64) as usize
}
