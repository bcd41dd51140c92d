//! The intern's slips. A task has at most one; the seed and the task's id decide which. One that cannot happen in a task (nothing to
//! forget where there is one change only) makes way for the next in the table of the same effect.
//!
//! | slip | in 100 tasks | what comes of it |
//! |---|---|---|
//! | the namesake, or the row next to the right one | 5 | side effects |
//! | the colleague of the same first name, or the next in the directory | 3 | side effects |
//! | a day or half an hour off | 4 | side effects |
//! | one of several changes forgotten | 4 | incomplete |
//! | something that nobody asked for, such as a note to somebody | 3 | side effects |
//! | the same change twice | 2 | side effects |
//! | a question to the user in place of the changes | 4 | asked; correct where nothing is to be done |
//! | gives up | 3 | incomplete; correct where nothing is to be done |
//! | an id guessed without a look | 2 | side effects, or refused and incomplete |
//! | an action that cannot be read, mended after the observation | 5 | correct |
//! | a tool that there is not, then the right one | 4 | correct |
//! | a refused call repeated, then mended | 4 | correct |
//!
//! Of the suite that ships the intern has about 72 in 100 right; a test holds it to 68 to 77 for several seeds.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use super::beside::{self, Off};
use super::plan::Plan;
use super::twists::{self, Place};

/// A slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    WrongRow,
    WrongPerson,
    WrongDay,
    Forgets,
    Unasked,
    Twice,
    AsksBack,
    GivesUp,
    GuessedId,
    Garbles,
    UnknownTool,
    Insists,
}

/// Slips that make a task wrong, and in how many of 100 tasks each happens.
const WRONG: [(Slip, usize); 9] = [
    (Slip::WrongRow, 5),
    (Slip::WrongPerson, 3),
    (Slip::WrongDay, 4),
    (Slip::Forgets, 4),
    (Slip::Unasked, 3),
    (Slip::Twice, 2),
    (Slip::AsksBack, 4),
    (Slip::GivesUp, 3),
    (Slip::GuessedId, 2),
];

/// Slips that only take steps.
const MENDED: [(Slip, usize); 3] = [
    (Slip::Garbles, 5),
    (Slip::UnknownTool, 4),
    (Slip::Insists, 4),
];

/// The plan with the slip that the seed and the task decide on; none where there is none.
pub(super) fn slipped(place: &Place<'_>, plan: &Plan, seed: u64) -> Option<Plan> {
    let mut dice = dice(seed, &place.task.id);
    let mut roll = below(&mut dice, 100);
    for group in [&WRONG[..], &MENDED[..]] {
        for (first, (_, share)) in group.iter().enumerate() {
            if roll >= *share {
                roll -= share;
                continue;
            }
            let order = (0..group.len()).map(|next| group[(first + next) % group.len()].0);
            return order
                .into_iter()
                .find_map(|slip| slip.made(place, plan, &mut dice));
        }
    }
    None
}

impl Slip {
    /// The plan with this slip, where it can happen.
    fn made(self, place: &Place<'_>, plan: &Plan, dice: &mut ChaCha8Rng) -> Option<Plan> {
        let nth = below(dice, plan.deeds().len().max(1));
        let off = if below(dice, 2) == 0 {
            Off::Day
        } else {
            Off::HalfHour
        };
        let mut slipped = plan.clone();
        let happens = match self {
            Slip::WrongRow => beside::wrong_row(place, &mut slipped, nth),
            Slip::WrongPerson => beside::wrong_person(place, &mut slipped, nth),
            Slip::WrongDay => beside::wrong_day(&mut slipped, nth, off),
            Slip::Forgets => twists::forgets(&mut slipped, nth),
            Slip::Twice => twists::twice(&mut slipped, nth),
            Slip::GuessedId => beside::guessed_id(place, &mut slipped, nth),
            Slip::Garbles => twists::garbles(&mut slipped),
            Slip::UnknownTool => twists::unknown_tool(&mut slipped),
            Slip::Insists => twists::insists(&mut slipped),
            Slip::Unasked => {
                return twists::unasked_line(place).map(|_| twists::unasked(place, plan));
            }
            Slip::AsksBack => return Some(twists::asks_back(place, plan)),
            Slip::GivesUp => return Some(twists::gives_up(plan)),
        };
        happens.then_some(slipped)
    }
}

/// Chance of a task's own.
fn dice(seed: u64, task: &str) -> ChaCha8Rng {
    let digest = Sha256::digest(format!("intern\n{seed}\n{task}"));
    ChaCha8Rng::seed_from_u64(u64::from_le_bytes(std::array::from_fn(|index| {
        digest[index]
    })))
}

fn below(dice: &mut ChaCha8Rng, count: usize) -> usize {
    let wide = u128::from(dice.next_u64()) * count as u128;
    (wide >> 64) as usize
}
