//! Plans: what a policy intends to do, as data. Policies differ in their plans; `next_action` carries out any of them.

use breakroom_tasks::task::Call;
use serde_json::Value as Json;

/// The steps in order, and the final answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<PlanStep>,
    pub(super) answer: String,
}

/// A step of a plan.
#[derive(Clone, Debug)]
pub(super) enum PlanStep {
    /// Look something up, page by page, unless an earlier result showed it.
    LookUp(PlannedCall),
    /// Change something; the call must succeed.
    Write(PlannedCall),
    /// Make a call a number of times, whatever its results.
    Repeat { planned: PlannedCall, times: usize },
    /// Write a call as malformed JSON.
    Malformed(PlannedCall),
}

/// A call, some of whose arguments may have to be looked up first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedCall {
    pub(super) tool: String,
    pub(super) arguments: Vec<(String, ArgumentValue)>,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ArgumentValue {
    /// A value that the task states or implies.
    Literal(Json),
    /// A value that only a tool's result can show.
    Lookup(Box<Lookup>),
}

/// A value that only a tool's result can show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lookup {
    pub(super) target: LookupTarget,
    /// The search to run, unless an earlier result showed the value.
    pub(super) search: PlannedCall,
}

/// What is looked for in tool results.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LookupTarget {
    /// The id of a row, which is identified by its other columns.
    Row {
        key: &'static str,
        shown: Vec<(String, Json)>,
        /// Its position by id among the rows with the same columns.
        ordinal: usize,
    },
    /// Somebody's address.
    Address {
        /// The full name of a colleague whom the task names; only the directory shows whose address it is. None for anybody else, such
        /// as the sender of a mail, whose address may be in any row.
        name: Option<String>,
        address: String,
    },
}

impl PlannedCall {
    pub(super) fn new(tool: &str) -> PlannedCall {
        PlannedCall {
            tool: tool.to_owned(),
            arguments: Vec::new(),
        }
    }

    /// Adds an argument.
    pub(super) fn with(mut self, name: &str, value: impl Into<ArgumentValue>) -> PlannedCall {
        self.arguments.push((name.to_owned(), value.into()));
        self
    }

    /// A call whose arguments are all known.
    pub(super) fn literal(call: &Call) -> PlannedCall {
        let arguments = call.arguments.as_object().into_iter().flatten();
        PlannedCall {
            tool: underscored(&call.tool),
            arguments: arguments
                .map(|(name, value)| (name.clone(), ArgumentValue::Literal(value.clone())))
                .collect(),
        }
    }
}

impl<T: Into<Json>> From<T> for ArgumentValue {
    fn from(value: T) -> ArgumentValue {
        ArgumentValue::Literal(value.into())
    }
}

impl Plan {
    /// The indices of the steps that are meant to change something.
    pub(super) fn write_steps(&self) -> Vec<usize> {
        let steps = self.steps.iter().enumerate();
        let write_steps =
            steps.filter(|(_, step)| matches!(step, PlanStep::Write(_) | PlanStep::Repeat { .. }));
        write_steps.map(|(index, _)| index).collect()
    }
}

impl PlanStep {
    /// The step's call.
    pub(super) fn planned(&self) -> &PlannedCall {
        match self {
            PlanStep::LookUp(planned)
            | PlanStep::Write(planned)
            | PlanStep::Malformed(planned)
            | PlanStep::Repeat { planned, .. } => planned,
        }
    }

    /// The step's call, for changing it.
    pub(super) fn planned_mut(&mut self) -> &mut PlannedCall {
        match self {
            PlanStep::LookUp(planned)
            | PlanStep::Write(planned)
            | PlanStep::Malformed(planned)
            | PlanStep::Repeat { planned, .. } => planned,
        }
    }
}

/// A tool's name with an underscore after its domain, as models see it.
pub(super) fn underscored(tool: &str) -> String {
    tool.replacen('.', "_", 1)
}
