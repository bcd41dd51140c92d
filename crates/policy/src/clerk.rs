//! The clerk, who does everything right: looks up what a condition is about, then makes each change with ids and addresses that tools
//! have shown.

use breakroom_tasks::task::{Call, ExpectedAnswer, Task};
use breakroom_tools::session::InitialState;
use serde_json::Value as Json;

use super::office::{Office, Shelf, look_up};
use super::plan::{Found, Line, Plan, Sought, Step, Value};
use super::survey::Survey;
use super::words;

/// The plan of a task that does everything right.
pub(super) fn plan(start: &InitialState, task: &Task) -> Plan {
    let calls = task.outcomes[0].calls();
    let answer = match &task.answer {
        Some(answer) => answer_in_words(answer),
        None => words::done(task.outcomes[0].calls().map(|call| call.tool.as_str())),
    };
    let steps = match start {
        // The original's tools answer in text that is no data: the calls are played as they are.
        InitialState::Workbench(_) => calls
            .map(|call| Step::Play {
                line: Line::literal(call),
                times: 1,
            })
            .collect(),
        InitialState::Native(world) => {
            let clerk = Clerk {
                office: Office { world },
                task,
            };
            let mut steps = Survey::of(clerk.office, task).looks();
            steps.extend(calls.map(|call| Step::Write(clerk.line(call))));
            steps
        }
    };
    Plan { steps, answer }
}

fn answer_in_words(answer: &ExpectedAnswer) -> String {
    match answer {
        ExpectedAnswer::Exact { value } => format!("It is {value}."),
        ExpectedAnswer::Number { value, .. } => format!("It is {value}."),
        ExpectedAnswer::Names { values, .. } if values.is_empty() => "It is nobody.".to_owned(),
        ExpectedAnswer::Names { values, .. } => format!("It is {}.", values.join(", ")),
    }
}

struct Clerk<'a> {
    office: Office<'a>,
    task: &'a Task,
}

impl Clerk<'_> {
    /// An expected call, with ids and addresses to be found rather than copied.
    fn line(&self, call: &Call) -> Line {
        let mut line = Line::literal(call);
        for (name, value) in &mut line.arguments {
            let Value::Literal(Json::String(text)) = &value else {
                continue;
            };
            let found = if name.ends_with("_id") {
                Shelf::with_key(name).and_then(|shelf| self.office.row_id(shelf, text))
            } else if text.contains('@') && !self.task.prompt.contains(text.as_str()) {
                self.address(text)
            } else {
                None
            };
            if let Some(found) = found {
                *value = found;
            }
        }
        line
    }

    fn address(&self, address: &str) -> Option<Value> {
        if let Some(colleague) = self.office.addressee(address) {
            let mut names = self.task.parameters.values().filter_map(Json::as_str);
            let called = names.find(|name| self.office.named(name) == Some(colleague));
            return Some(match called {
                Some(called) => self.office.address(colleague, called),
                None => anywhere(address, look_up(&colleague.name)),
            });
        }
        // Whoever is not of the company stands in the CRM, in a mail or in the calendar.
        let offered = |domain: &str| self.task.domains.iter().any(|offered| offered == domain);
        let order = ["customer_relationship_manager", "email", "calendar"];
        let columns = ["customer_email", "sender", "recipient", "participant_email"];
        let shelves = order.into_iter().filter(|domain| offered(domain));
        let (shelf, row) = shelves.filter_map(Shelf::of).find_map(|shelf| {
            let mut rows = self.office.rows(shelf);
            let row = rows.find(|row| {
                let mut held = columns
                    .iter()
                    .filter_map(|column| row.get(*column)?.as_str());
                held.any(|held| held.eq_ignore_ascii_case(address))
            })?;
            Some((shelf, row))
        })?;
        let look = shelf.search().with(shelf.words, row[shelf.name].clone());
        Some(anywhere(address, Shelf::sized(look)))
    }
}

/// An address that may stand in any row.
fn anywhere(address: &str, look: Line) -> Value {
    Value::Found(Box::new(Found {
        what: Sought::Address {
            name: None,
            address: address.to_owned(),
        },
        look,
    }))
}
