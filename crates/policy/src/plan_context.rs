//! What a plan is made for: a task, and where its sessions start.

use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::InitialState;

use super::office::OfficeView;

/// The task of a plan, and where its sessions start.
#[derive(Clone, Copy)]
pub(super) struct PlanContext<'a> {
    pub(super) start: &'a InitialState,
    pub(super) task: &'a Task,
}

impl<'a> PlanContext<'a> {
    /// The office; None in the `workbench` dialect.
    pub(super) fn office(self) -> Option<OfficeView<'a>> {
        match self.start {
            InitialState::Native(world) => Some(OfficeView { world }),
            InitialState::Workbench(_) => None,
        }
    }

    /// The calls of the oracle.
    pub(super) fn calls(self) -> impl Iterator<Item = &'a Call> {
        self.task.outcomes[0].calls()
    }

    /// Whether the task offers the tools of a domain.
    pub(super) fn has_domain(self, domain: &str) -> bool {
        self.task.domains.iter().any(|offered| offered == domain)
    }
}
