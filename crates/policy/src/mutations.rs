//! How whole plans go wrong. The intern makes some of these mistakes now and then; other policies always apply one of them.

use breakroom_sandbox::world::Colleague;
use breakroom_tasks::baseline::random_calls;
use breakroom_tasks::task::Call;
use chrono::{Days, NaiveDate};
use serde_json::{Value as Json, json};

use super::near_misses::{self, TimeShift};
use super::office::{self, OfficeView};
use super::plan::{ArgumentValue, Plan, PlanStep, PlannedCall};
use super::plan_context::PlanContext;

/// The expected calls alone, without look-ups.
pub(super) fn terse(context: &PlanContext<'_>, plan: &Plan) -> Plan {
    Plan {
        steps: context
            .calls()
            .map(|call| PlanStep::Write(PlannedCall::literal(call)))
            .collect(),
        answer: plan.answer.clone(),
    }
}

/// No calls at all.
pub(super) fn noop() -> Plan {
    Plan {
        steps: Vec::new(),
        answer: "Done.".to_owned(),
    }
}

/// The look-ups, and a question instead of the changes.
pub(super) fn asks_back(context: &PlanContext<'_>, plan: &Plan) -> Plan {
    let object = match context.task.domains.first().map(String::as_str) {
        Some("calendar") => "meeting",
        Some("email") => "mail",
        Some("analytics") => "period",
        Some("customer_relationship_manager") => "customer",
        _ => "one",
    };
    lookups_only(
        plan,
        &format!("I found more than one possibility. Which {object} do you mean?"),
    )
}

/// The look-ups, and an excuse instead of the changes.
pub(super) fn gives_up(plan: &Plan) -> Plan {
    lookups_only(
        plan,
        "I am sorry, I could not find what you mean, so I left everything as it is.",
    )
}

fn lookups_only(plan: &Plan, answer: &str) -> Plan {
    let looks = plan
        .steps
        .iter()
        .filter(|step| matches!(step, PlanStep::LookUp(_)));
    Plan {
        steps: looks.cloned().collect(),
        answer: answer.to_owned(),
    }
}

/// A near miss in place of every change.
pub(super) fn all_wrong(context: &PlanContext<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for nth in 0..plan.write_steps().len() {
        let _ = near_misses::wrong_row(context, &mut plan, nth)
            || near_misses::wrong_person(context, &mut plan, nth)
            || near_misses::wrong_day(&mut plan, nth, TimeShift::Day)
            || near_misses::wrong_choice(&mut plan, nth);
    }
    plan
}

/// The correct changes, and one more.
pub(super) fn unrequested(context: &PlanContext<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    if let Some(planned) = unrequested_call(context) {
        plan.steps.push(PlanStep::Write(planned));
        plan.answer
            .push_str(" I also did what I thought would help.");
    }
    plan
}

/// The same call forever.
pub(super) fn loops(plan: &Plan) -> Plan {
    let planned = plan.steps.first().map(|step| step.planned().clone());
    let planned = planned.unwrap_or_else(|| office::look_up("someone"));
    // Arguments that need a look-up are looked up once before the calls.
    Plan {
        steps: vec![PlanStep::Repeat {
            planned,
            times: usize::MAX,
        }],
        answer: plan.answer.clone(),
    }
}

/// Random calls.
pub(super) fn random(context: &PlanContext<'_>, seed: u64) -> Plan {
    let calls = random_calls(context.start.dialect(), context.task, seed);
    let play = |call: &Call| PlanStep::Repeat {
        planned: PlannedCall::literal(call),
        times: 1,
    };
    Plan {
        steps: calls.iter().map(play).collect(),
        answer: "Done.".to_owned(),
    }
}

/// Leaves out one of several changes.
pub(super) fn forgets(plan: &mut Plan, nth: usize) -> bool {
    let write_steps = plan.write_steps();
    if write_steps.len() < 2 {
        return false;
    }
    plan.steps.remove(write_steps[nth]);
    true
}

/// Makes a change twice, if that creates something twice.
pub(super) fn twice(plan: &mut Plan, nth: usize) -> bool {
    let Some(step) = plan.write_steps().get(nth).copied() else {
        return false;
    };
    let tool = &plan.steps[step].planned().tool;
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

/// Writes the first call as malformed JSON, then correctly.
pub(super) fn malformed_call(plan: &mut Plan) -> bool {
    let Some(first) = plan.steps.first().map(|step| step.planned().clone()) else {
        return false;
    };
    plan.steps.insert(0, PlanStep::Malformed(first));
    true
}

/// Calls an unknown tool, then the right one.
pub(super) fn unknown_tool(plan: &mut Plan) -> bool {
    let Some(first) = plan.steps.first().map(|step| step.planned().clone()) else {
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
    let planned = PlannedCall { tool, ..first };
    plan.steps.insert(0, PlanStep::Repeat { planned, times: 1 });
    true
}

/// Makes the first call twice with an argument that is refused, then correctly.
pub(super) fn repeats_refused(plan: &mut Plan) -> bool {
    let refused = plan.steps.iter().enumerate().find_map(|(step, known)| {
        let mut planned = known.planned().clone();
        for (name, value) in &mut planned.arguments {
            let wrong = match (name.as_str(), &value) {
                ("page_size", _) => json!(500),
                (_, ArgumentValue::Literal(Json::String(text)))
                    if text.parse::<NaiveDate>().is_ok() =>
                {
                    json!("last week")
                }
                ("event_start", ArgumentValue::Literal(_)) => json!("tomorrow morning"),
                ("name", _) => json!(""),
                ("field", _) => json!("owner"),
                ("body" | "event_name" | "customer_name", _) => json!(null),
                _ => continue,
            };
            *value = ArgumentValue::Literal(wrong);
            return Some((step, planned));
        }
        None
    });
    let Some((step, planned)) = refused else {
        return false;
    };
    plan.steps
        .insert(step, PlanStep::Repeat { planned, times: 2 });
    true
}

/// A change that nobody asked for, in one of the task's domains. If nothing is to be done, it is the change whose condition is not met.
pub(super) fn unrequested_call(context: &PlanContext<'_>) -> Option<PlannedCall> {
    let office = context.office()?;
    let nothing = context.calls().next().is_none();
    let said = |names: &[&str], otherwise: &str| {
        let mut said = names
            .iter()
            .filter_map(|name| context.task.parameters.get(*name)?.as_str());
        said.next()
            .filter(|_| nothing)
            .unwrap_or(otherwise)
            .to_owned()
    };
    let (called, colleague) = somebody(context, office)?;
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
        .find(|domain| context.has_domain(domain))?;
    Some(match domain {
        "email" => PlannedCall::new("email_send_email")
            .with("recipient", address())
            .with("subject", said(&["subject"], "For your information"))
            .with(
                "body",
                said(
                    &["body", "bad_body"],
                    "I have just taken care of something that concerns you.",
                ),
            ),
        "calendar" => PlannedCall::new("calendar_create_event")
            .with("event_name", said(&["title", "meeting"], "Follow-up"))
            .with("participant_email", address())
            .with(
                "event_start",
                format!("{} 10:00:00", said(&["day", "first_day"], &in_a_week)),
            )
            .with("duration", 30),
        "project_management" => PlannedCall::new("project_management_create_task")
            .with(
                "task_name",
                said(&["title", "name"], "Check that all went well"),
            )
            .with("assigned_to_email", address())
            .with("list_name", "Backlog")
            .with("due_date", said(&["due"], &in_a_week))
            .with("board", said(&["board"], "Design")),
        "customer_relationship_manager" => {
            PlannedCall::new("customer_relationship_manager_add_customer")
                .with("customer_name", said(&["customer"], "New contact"))
                .with("assigned_to_email", address())
                .with("status", "Lead")
        }
        _ => PlannedCall::new("analytics_create_plot")
            .with("time_min", said(&["first", "since"], &last_week))
            .with("time_max", said(&["last"], &yesterday))
            .with("value_to_plot", said(&["metric"], "total_visits"))
            .with("plot_type", if nothing { "line" } else { "scatter" }),
    })
}

/// A colleague whom the task names, or else the first in the directory who is not the owner.
fn somebody<'a>(
    context: &PlanContext<'_>,
    office: OfficeView<'a>,
) -> Option<(String, &'a Colleague)> {
    let named = context.task.parameters.values().filter_map(Json::as_str);
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
