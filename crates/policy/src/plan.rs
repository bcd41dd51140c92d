//! Plans: what a policy means to do, as data. Policies differ in the plans that they make; one walk carries out any of them.

use breakroom_tasks::task::Call;
use serde_json::Value as Json;

/// What is to be done, in order, and what is said at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) answer: String,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Look something up, page by page, unless it was seen.
    Look(Line),
    /// Change something; the call must be carried out.
    Write(Line),
    /// Make a call so many times, whatever it comes to.
    Play { line: Line, times: usize },
    /// Write a call so that nobody can read it.
    Garble(Line),
}

/// A call, some of whose arguments have to be found out first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) tool: String,
    pub(super) arguments: Vec<(String, Value)>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// The task says it, or it follows from what the task says.
    Literal(Json),
    /// A tool has to say it.
    Found(Box<Found>),
}

/// Something that a tool says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) what: Sought,
    /// Where to look for it, unless it was seen already.
    pub(super) look: Line,
}

/// What is looked for in the results of tools.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sought {
    /// The id of a row, which is known by all else that it shows.
    Row {
        key: &'static str,
        shown: Vec<(String, Json)>,
        /// Which one it is, by id, of several that show the same.
        place: usize,
    },
    /// Somebody's address.
    Address {
        /// The full name of a colleague whom the task names: only the directory knows which address is theirs. None for whoever the task
        /// does not name, such as the sender of a mail: the address may stand in any row.
        name: Option<String>,
        address: String,
    },
}

impl Line {
    pub(super) fn new(tool: &str) -> Line {
        Line {
            tool: tool.to_owned(),
            arguments: Vec::new(),
        }
    }

    /// The same with one more argument.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Line {
        self.arguments.push((name.to_owned(), value.into()));
        self
    }

    /// A call all of whose arguments are known.
    pub(super) fn literal(call: &Call) -> Line {
        let arguments = call.arguments.as_object().into_iter().flatten();
        Line {
            tool: underscored(&call.tool),
            arguments: arguments
                .map(|(name, value)| (name.clone(), Value::Literal(value.clone())))
                .collect(),
        }
    }
}

impl<T: Into<Json>> From<T> for Value {
    fn from(value: T) -> Value {
        Value::Literal(value.into())
    }
}

impl Plan {
    /// The places of the steps that are meant to change something.
    pub(super) fn deeds(&self) -> Vec<usize> {
        let steps = self.steps.iter().enumerate();
        let deeds = steps.filter(|(_, step)| matches!(step, Step::Write(_) | Step::Play { .. }));
        deeds.map(|(place, _)| place).collect()
    }
}

impl Step {
    /// Its call.
    pub(super) fn line(&self) -> &Line {
        match self {
            Step::Look(line) | Step::Write(line) | Step::Garble(line) | Step::Play { line, .. } => {
                line
            }
        }
    }

    /// Its call, to change it.
    pub(super) fn line_mut(&mut self) -> &mut Line {
        match self {
            Step::Look(line) | Step::Write(line) | Step::Garble(line) | Step::Play { line, .. } => {
                line
            }
        }
    }
}

/// A tool's name with an underscore after its domain, as models get it.
pub(super) fn underscored(tool: &str) -> String {
    tool.replacen('.', "_", 1)
}
