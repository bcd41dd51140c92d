//! The correct plan of a task: look up what its condition depends on, then make each change with ids and addresses that tool results
//! have shown.

use breakroom_tasks::task::{Call, ExpectedAnswer, Task};
use breakroom_tools::session::InitialState;
use serde_json::Value as Json;

use super::lookups::LookupPlanner;
use super::office::{OfficeView, SearchableTable, look_up};
use super::phrasing;
use super::plan::{ArgumentValue, Lookup, LookupTarget, Plan, PlanStep, PlannedCall};

/// The plan that does everything right.
pub(super) fn correct_plan(start: &InitialState, task: &Task) -> Plan {
    let calls = task.outcomes[0].calls();
    let answer = match &task.answer {
        Some(answer) => answer_in_words(answer),
        None => phrasing::summary(task.outcomes[0].calls().map(|call| call.tool.as_str())),
    };
    let steps = match start {
        // The original's tools answer in free text, which has no ids to look up, so the calls are made as they are.
        InitialState::Workbench(_) => calls
            .map(|call| PlanStep::Repeat {
                planned: PlannedCall::literal(call),
                times: 1,
            })
            .collect(),
        InitialState::Native(world) => {
            let planner = CorrectPlanner {
                office: OfficeView { world },
                task,
            };
            let mut steps = LookupPlanner::of(planner.office, task).lookups();
            steps.extend(calls.map(|call| PlanStep::Write(planner.planned(call))));
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

struct CorrectPlanner<'a> {
    office: OfficeView<'a>,
    task: &'a Task,
}

impl CorrectPlanner<'_> {
    /// Plans an expected call: its ids and addresses are looked up instead of copied.
    fn planned(&self, call: &Call) -> PlannedCall {
        let mut planned = PlannedCall::literal(call);
        for (name, value) in &mut planned.arguments {
            let ArgumentValue::Literal(Json::String(text)) = &value else {
                continue;
            };
            let found = if name.ends_with("_id") {
                SearchableTable::with_key(name)
                    .and_then(|searchable| self.office.row_id(searchable, text))
            } else if text.contains('@') && !self.task.prompt.contains(text.as_str()) {
                self.address(text)
            } else {
                None
            };
            if let Some(found) = found {
                *value = found;
            }
        }
        planned
    }

    fn address(&self, address: &str) -> Option<ArgumentValue> {
        if let Some(colleague) = self.office.addressee(address) {
            let mut names = self.task.parameters.values().filter_map(Json::as_str);
            let called = names.find(|name| self.office.named(name) == Some(colleague));
            return Some(match called {
                Some(called) => self.office.address(colleague, called),
                None => anywhere(address, look_up(&colleague.name)),
            });
        }
        // An outsider's address is in the CRM, in a mail or in the calendar.
        let offered = |domain: &str| self.task.domains.iter().any(|offered| offered == domain);
        let order = ["customer_relationship_manager", "email", "calendar"];
        let columns = ["customer_email", "sender", "recipient", "participant_email"];
        let searchables = order.into_iter().filter(|domain| offered(domain));
        let (searchable, row) = searchables
            .filter_map(SearchableTable::of_domain)
            .find_map(|searchable| {
                let mut rows = self.office.rows(searchable);
                let row = rows.find(|row| {
                    let mut held = columns
                        .iter()
                        .filter_map(|column| row.get(*column)?.as_str());
                    held.any(|held| held.eq_ignore_ascii_case(address))
                })?;
                Some((searchable, row))
            })?;
        let look = searchable.search().with(
            searchable.query_argument,
            row[searchable.name_column].clone(),
        );
        Some(anywhere(address, SearchableTable::with_page_size(look)))
    }
}

/// An address that may be in any row.
fn anywhere(address: &str, look: PlannedCall) -> ArgumentValue {
    ArgumentValue::Lookup(Box::new(Lookup {
        target: LookupTarget::Address {
            name: None,
            address: address.to_owned(),
        },
        search: look,
    }))
}
