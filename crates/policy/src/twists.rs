//! The ways in which plans go wrong. The intern has one of them now and then; other policies are one of them throughout.

use breakroom_sandbox::world::Colleague;
use breakroom_tasks::baseline::random_calls;
use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::InitialState;
use chrono::{Days, NaiveDate};
use serde_json::{Value as Json, json};

use super::beside::{self, Off};
use super::office::{self, Office};
use super::plan::{Line, Plan, Step, Value};

/// Where a plan is carried out.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) start: &'a InitialState,
    pub(super) task: &'a Task,
}

impl<'a> Place<'a> {
    pub(super) fn office(self) -> Option<Office<'a>> {
        match self.start {
            InitialState::Native(world) => Some(Office { world }),
            InitialState::Workbench(_) => None,
        }
    }

    pub(super) fn calls(self) -> impl Iterator<Item = &'a Call> {
        self.task.outcomes[0].calls()
    }

    fn works_with(self, domain: &str) -> bool {
        self.task.domains.iter().any(|offered| offered == domain)
    }
}

/// Only the expected calls, as they are.
pub(super) fn terse(place: &Place<'_>, plan: &Plan) -> Plan {
    Plan {
        steps: place
            .calls()
            .map(|call| Step::Write(Line::literal(call)))
            .collect(),
        answer: plan.answer.clone(),
    }
}

/// Nothing at all.
pub(super) fn noop() -> Plan {
    Plan {
        steps: Vec::new(),
        answer: "Done.".to_owned(),
    }
}

/// The look-ups, and a question in place of the changes.
pub(super) fn asks_back(place: &Place<'_>, plan: &Plan) -> Plan {
    let object = match place.task.domains.first().map(String::as_str) {
        Some("calendar") => "meeting",
        Some("email") => "mail",
        Some("analytics") => "period",
        Some("customer_relationship_manager") => "customer",
        _ => "one",
    };
    before_deeds(
        plan,
        &format!("I found more than one possibility. Which {object} do you mean?"),
    )
}

/// The look-ups, and an excuse in place of the changes.
pub(super) fn gives_up(plan: &Plan) -> Plan {
    before_deeds(
        plan,
        "I am sorry, I could not find what you mean, so I left everything as it is.",
    )
}

fn before_deeds(plan: &Plan, answer: &str) -> Plan {
    let looks = plan
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Look(_)));
    Plan {
        steps: looks.cloned().collect(),
        answer: answer.to_owned(),
    }
}

/// Every change beside what it should be.
pub(super) fn all_wrong(place: &Place<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for nth in 0..plan.deeds().len() {
        let _ = beside::wrong_row(place, &mut plan, nth)
            || beside::wrong_person(place, &mut plan, nth)
            || beside::wrong_day(&mut plan, nth, Off::Day)
            || beside::wrong_choice(&mut plan, nth);
    }
    plan
}

/// The right changes, and one more.
pub(super) fn unasked(place: &Place<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    if let Some(line) = unasked_line(place) {
        plan.steps.push(Step::Write(line));
        plan.answer
            .push_str(" I also did what I thought would help.");
    }
    plan
}

/// The same call for ever.
pub(super) fn loops(plan: &Plan) -> Plan {
    let line = plan.steps.first().map(|step| step.line().clone());
    let line = line.unwrap_or_else(|| office::look_up("someone"));
    // An argument that has to be found is looked for once, and then as often as the call.
    Plan {
        steps: vec![Step::Play {
            line,
            times: usize::MAX,
        }],
        answer: plan.answer.clone(),
    }
}

/// Calls by chance.
pub(super) fn random(place: &Place<'_>, seed: u64) -> Plan {
    let calls = random_calls(place.start.dialect(), place.task, seed);
    let play = |call: &Call| Step::Play {
        line: Line::literal(call),
        times: 1,
    };
    Plan {
        steps: calls.iter().map(play).collect(),
        answer: "Done.".to_owned(),
    }
}

/// One of several changes left out.
pub(super) fn forgets(plan: &mut Plan, nth: usize) -> bool {
    let deeds = plan.deeds();
    if deeds.len() < 2 {
        return false;
    }
    plan.steps.remove(deeds[nth]);
    true
}

/// A change made twice, where that makes two.
pub(super) fn twice(plan: &mut Plan, nth: usize) -> bool {
    let Some(step) = plan.deeds().get(nth).copied() else {
        return false;
    };
    let tool = &plan.steps[step].line().tool;
    let makes_another = [
        "create_event",
        "create_task",
        "add_customer",
        "send_email",
        "forward_email",
        "reply_email",
    ];
    if !makes_another.iter().any(|verb| tool.ends_with(verb)) {
        return false;
    }
    plan.steps.insert(step + 1, plan.steps[step].clone());
    true
}

/// The first call written so that nobody can read it, then right.
pub(super) fn garbles(plan: &mut Plan) -> bool {
    let Some(first) = plan.steps.first().map(|step| step.line().clone()) else {
        return false;
    };
    plan.steps.insert(0, Step::Garble(first));
    true
}

/// A tool that there is not, then the right one.
pub(super) fn unknown_tool(plan: &mut Plan) -> bool {
    let Some(first) = plan.steps.first().map(|step| step.line().clone()) else {
        return false;
    };
    let verbs = [
        ("search", "find"),
        ("find", "get"),
        ("create", "make"),
        ("delete", "remove"),
        ("update", "change"),
    ];
    let verb = verbs
        .iter()
        .find(|(right, _)| first.tool.contains(&format!("_{right}_")));
    let tool = match verb {
        Some((right, wrong)) => {
            first
                .tool
                .replacen(&format!("_{right}_"), &format!("_{wrong}_"), 1)
        }
        None => format!("{}_now", first.tool),
    };
    let line = Line { tool, ..first };
    plan.steps.insert(0, Step::Play { line, times: 1 });
    true
}

/// The first call with an argument that is refused, twice, then right.
pub(super) fn insists(plan: &mut Plan) -> bool {
    let refused = plan.steps.iter().enumerate().find_map(|(step, known)| {
        let mut line = known.line().clone();
        for (name, value) in &mut line.arguments {
            let wrong = match (name.as_str(), &value) {
                ("page_size", _) => json!(500),
                (_, Value::Literal(Json::String(text))) if text.parse::<NaiveDate>().is_ok() => {
                    json!("last week")
                }
                ("event_start", Value::Literal(_)) => json!("tomorrow morning"),
                ("name", _) => json!(""),
                ("field", _) => json!("owner"),
                ("body" | "event_name" | "customer_name", _) => json!(null),
                _ => continue,
            };
            *value = Value::Literal(wrong);
            return Some((step, line));
        }
        None
    });
    let Some((step, line)) = refused else {
        return false;
    };
    plan.steps.insert(step, Step::Play { line, times: 2 });
    true
}

/// A change that nobody asked for, by the tools of the task's domains: where nothing is to be done, what the condition did not allow.
pub(super) fn unasked_line(place: &Place<'_>) -> Option<Line> {
    let office = place.office()?;
    let nothing = place.calls().next().is_none();
    let said = |names: &[&str], otherwise: &str| {
        let mut said = names
            .iter()
            .filter_map(|name| place.task.parameters.get(*name)?.as_str());
        said.next()
            .filter(|_| nothing)
            .unwrap_or(otherwise)
            .to_owned()
    };
    let (called, colleague) = somebody(place, office)?;
    let address = || office.address(colleague, &called);
    let in_a_week = (office.today() + Days::new(7)).to_string();
    let yesterday = (office.today() - Days::new(1)).to_string();
    let last_week = (office.today() - Days::new(7)).to_string();
    let domains = [
        "email",
        "calendar",
        "project_management",
        "customer_relationship_manager",
        "analytics",
    ];
    let domain = domains
        .into_iter()
        .find(|domain| place.works_with(domain))?;
    Some(match domain {
        "email" => Line::new("email_send_email")
            .with("recipient", address())
            .with("subject", said(&["subject"], "For your information"))
            .with(
                "body",
                said(
                    &["body", "bad_body"],
                    "I have just taken care of something that concerns you.",
                ),
            ),
        "calendar" => Line::new("calendar_create_event")
            .with("event_name", said(&["title", "meeting"], "Follow-up"))
            .with("participant_email", address())
            .with(
                "event_start",
                format!("{} 10:00:00", said(&["day", "first_day"], &in_a_week)),
            )
            .with("duration", 30),
        "project_management" => Line::new("project_management_create_task")
            .with(
                "task_name",
                said(&["title", "name"], "Check that all went well"),
            )
            .with("assigned_to_email", address())
            .with("list_name", "Backlog")
            .with("due_date", said(&["due"], &in_a_week))
            .with("board", said(&["board"], "Design")),
        "customer_relationship_manager" => Line::new("customer_relationship_manager_add_customer")
            .with("customer_name", said(&["customer"], "New contact"))
            .with("assigned_to_email", address())
            .with("status", "Lead"),
        _ => Line::new("analytics_create_plot")
            .with("time_min", said(&["first", "since"], &last_week))
            .with("time_max", said(&["last"], &yesterday))
            .with("value_to_plot", said(&["metric"], "total_visits"))
            .with("plot_type", if nothing { "line" } else { "scatter" }),
    })
}

/// A colleague that the task names, or the first in the directory that is not the owner.
fn somebody<'a>(place: &Place<'_>, office: Office<'a>) -> Option<(String, &'a Colleague)> {
    let named = place.task.parameters.values().filter_map(Json::as_str);
    let mut named = named.filter_map(|text| Some((text.to_owned(), office.named(text)?)));
    named.next().or_else(|| {
        let mut others = office
            .directory()
            .iter()
            .filter(|colleague| colleague.email != office.world.owner());
        others
            .next()
            .map(|colleague| (colleague.name.clone(), colleague))
    })
}
