//! Policies: agents without weights that work as a person would. They run the whole harness without a provider, drive agent frameworks
//! as a scripted model, and give reports something to show.
//!
//! A policy is a pure function of the task and of what was said so far. Behind it is a plan (`plan`): the clerk makes the right one, the
//! others change it, and one walk (`walk`) finds out how far a conversation has come in it.
//!
//! | module | what it holds |
//! |---|---|
//! | `kind` | the list of policies |
//! | `clerk`, `survey`, `figures` | the right plan: changes, and what is looked at before |
//! | [`slips`] | the intern's mistakes, and how often each happens |
//! | `twists`, `beside` | the ways in which plans and single changes go wrong |
//! | `office` | whom names mean, and where rows are looked for |
//! | `plan`, `walk` | plans, and carrying them out |
//! | [`model`] | a policy as a chat model |
//! | `conversation`, `results`, `words` | reading a conversation and its results back, and what is said |

mod beside;
mod clerk;
mod conversation;
mod figures;
mod kind;
pub mod model;
mod office;
mod plan;
mod results;
pub mod slips;
mod survey;
mod twists;
mod walk;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::InitialState;
use serde_json::Value as Json;

pub use kind::{Kind, POLICIES};
use plan::Plan;

/// A call that was made, and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The call; none where what was said could not be read.
    pub call: Option<Call>,
    /// What the tool returned, or the text of the refusal.
    pub result: Result<Json, String>,
}

impl Exchange {
    fn is_of(&self, call: &Call) -> bool {
        self.call.as_ref() == Some(call)
    }
}

/// What a policy does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// It calls a tool.
    Call(Call),
    /// It means to call a tool, and writes that so that nobody can read it.
    Garbled(Call),
    /// It is done, and says this.
    Answer(String),
}

/// A policy at work in one office. Cloning it is cheap, and shares what is known of tasks.
#[derive(Clone, Debug)]
pub struct Policy {
    kind: Kind,
    seed: u64,
    start: InitialState,
    /// The clerk's plans by task, which all policies begin with. They follow from the task, so it does not matter who made one.
    plans: Arc<Mutex<HashMap<String, Arc<Plan>>>>,
}

impl Policy {
    /// A policy in an office; the seed decides what is by chance.
    pub fn new(kind: Kind, start: &InitialState, seed: u64) -> Policy {
        Policy {
            kind,
            seed,
            start: start.clone(),
            plans: Arc::default(),
        }
    }

    /// Which policy it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same with another seed.
    pub fn seeded(&self, seed: u64) -> Policy {
        Policy {
            seed,
            ..self.clone()
        }
    }

    /// What to do next for a task, after these exchanges. Tasks of one office are told apart by their ids.
    pub fn next(&self, task: &Task, exchanges: &[Exchange]) -> Move {
        let plan = self.clerks_plan(task);
        let office = twists::Place {
            start: &self.start,
            task,
        };
        match self.kind.twisted(&office, &plan, self.seed) {
            Some(twisted) => walk::next(&twisted, exchanges),
            None => walk::next(&plan, exchanges),
        }
    }

    fn clerks_plan(&self, task: &Task) -> Arc<Plan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let known = plans.get(&task.id);
        known.map(Arc::clone).unwrap_or_else(|| {
            let plan = Arc::new(clerk::plan(&self.start, task));
            plans.insert(task.id.clone(), Arc::clone(&plan));
            plan
        })
    }
}
