//! A policy at work: it chooses the next action from the task and the exchanges so far.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use breakroom_tasks::task::Task;
use breakroom_tools::session::InitialState;

use super::action::PolicyAction;
use super::correct_plan::correct_plan;
use super::exchange::Exchange;
use super::next_action::next_action;
use super::plan::Plan;
use super::plan_context::PlanContext;
use super::policy_kind::PolicyKind;

/// A policy in one office. Cloning it is cheap; clones share the correct plans.
#[derive(Clone, Debug)]
pub struct Policy {
    kind: PolicyKind,
    seed: u64,
    start: InitialState,
    /// The correct plan of each task, from which every policy's plan is made. It depends on the task alone, so it can be shared.
    correct_plans: Arc<Mutex<HashMap<String, Arc<Plan>>>>,
}

impl Policy {
    /// A policy in an office; the seed decides everything random.
    pub fn new(kind: PolicyKind, start: &InitialState, seed: u64) -> Policy {
        Policy {
            kind,
            seed,
            start: start.clone(),
            correct_plans: Arc::default(),
        }
    }

    /// Which policy it is.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The same policy with another seed.
    pub fn with_seed(&self, seed: u64) -> Policy {
        Policy {
            seed,
            ..self.clone()
        }
    }

    /// The next action for a task, after these exchanges. The tasks of one office are told apart by their ids.
    pub fn next(&self, task: &Task, exchanges: &[Exchange]) -> PolicyAction {
        let plan = self.correct_plan(task);
        let context = PlanContext {
            start: &self.start,
            task,
        };
        match self.kind.mutate(&context, &plan, self.seed) {
            Some(mutated) => next_action(&mutated, exchanges),
            None => next_action(&plan, exchanges),
        }
    }

    fn correct_plan(&self, task: &Task) -> Arc<Plan> {
        let mut plans = self
            .correct_plans
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = plans.get(&task.id);
        known.map(Arc::clone).unwrap_or_else(|| {
            let plan = Arc::new(correct_plan(&self.start, task));
            plans.insert(task.id.clone(), Arc::clone(&plan));
            plan
        })
    }
}
