//! The ways in which plans go wrong. The intern has one of them now and then; other policies are one of them throughout.

use breakroom_sandbox::Value as Cell;
use breakroom_sandbox::world::Colleague;
use breakroom_tasks::baseline::random_calls;
use breakroom_tasks::task::{Call, Task};
use breakroom_tools::session::Start;
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value as Json, json};

use super::office::{Office, SHELVES, Shelf, first_name};
use super::plan::{Line, Plan, Sought, Step, Value, underscored};

const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Where a plan is carried out.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) start: &'a Start,
    pub(super) task: &'a Task,
}

impl<'a> Place<'a> {
    fn office(self) -> Option<Office<'a>> {
        match self.start {
            Start::Native(world) => Some(Office { world }),
            Start::Workbench(_) => None,
        }
    }

    fn calls(self) -> impl Iterator<Item = &'a Call> {
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
        let _ = wrong_row(place, &mut plan, nth)
            || wrong_person(place, &mut plan, nth)
            || wrong_day(&mut plan, nth, Slip::Day)
            || wrong_choice(&mut plan, nth);
    }
    plan
}

/// The right changes, and one more.
pub(super) fn unasked(place: &Place<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    if let Some(line) = unasked_line(*place) {
        plan.steps.push(Step::Write(line));
        plan.answer
            .push_str(" I also did what I thought would help.");
    }
    plan
}

/// The same call for ever.
pub(super) fn loops(plan: &Plan) -> Plan {
    let line = plan.steps.first().map(|step| step.line().clone());
    let line = line.unwrap_or_else(|| super::office::look_up("someone"));
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

/// How far off a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// The next day.
    Day,
    /// Half an hour later, where there is a time of day.
    HalfHour,
}

/// The n-th change made to the row next to the right one, by name where there is a namesake.
pub(super) fn wrong_row(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let deeds = plan.deeds();
    let (Some(step), Some(call)) = (deeds.get(nth), place.calls().nth(nth)) else {
        return false;
    };
    for (name, value) in &mut plan.steps[*step].line_mut().arguments {
        let Some(id) = call
            .arguments
            .get(&*name)
            .and_then(Json::as_str)
            .filter(|_| name.ends_with("_id"))
        else {
            continue;
        };
        let wrong = match place.office() {
            Some(office) => neighbour(*place, office, call, name, id)
                .and_then(|(shelf, id)| office.row_id(shelf, &id)),
            None => next_number(id).map(Value::Literal),
        };
        if let Some(wrong) = wrong {
            *value = wrong;
            return true;
        }
    }
    false
}

/// The id of the row next to the right one, guessed without a look.
pub(super) fn guessed_id(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let deeds = plan.deeds();
    let (Some(step), Some(call)) = (deeds.get(nth), place.calls().nth(nth)) else {
        return false;
    };
    for (name, value) in &mut plan.steps[*step].line_mut().arguments {
        let id = call.arguments.get(&*name).and_then(Json::as_str);
        let guess = id.filter(|_| name.ends_with("_id")).and_then(next_number);
        if let Some(guess) = guess.filter(|guess| {
            place
                .calls()
                .all(|call| call.arguments.get(&*name) != Some(guess))
        }) {
            *value = Value::Literal(guess);
            plan.steps.retain(|step| !matches!(step, Step::Look(_)));
            return true;
        }
    }
    false
}

/// Somebody else: a namesake, or the next in the directory.
pub(super) fn wrong_person(place: &Place<'_>, plan: &mut Plan, nth: usize) -> bool {
    let Some(office) = place.office() else {
        return false;
    };
    let Some(step) = plan.deeds().get(nth).copied() else {
        return false;
    };
    for (_, value) in &mut plan.steps[step].line_mut().arguments {
        let Value::Found(found) = &value else {
            continue;
        };
        let Sought::Address {
            name: Some(name), ..
        } = &found.what
        else {
            continue;
        };
        let all = office.directory();
        let Some(right) = all.iter().position(|colleague| colleague.name == *name) else {
            continue;
        };
        let namesake = all.iter().enumerate().find(|(other, colleague)| {
            *other != right && first_name(colleague) == first_name(&all[right])
        });
        let wrong = namesake.map_or((right + 1) % all.len(), |(other, _)| other);
        *value = office.address(&all[wrong], &all[wrong].name);
        return true;
    }
    false
}

/// A day or half an hour off.
pub(super) fn wrong_day(plan: &mut Plan, nth: usize, slip: Slip) -> bool {
    let Some(step) = plan.deeds().get(nth).copied() else {
        return false;
    };
    for (_, value) in plan.steps[step].line_mut().arguments.iter_mut().rev() {
        let Value::Literal(Json::String(text)) = value else {
            continue;
        };
        let later = match (
            text.parse::<NaiveDate>(),
            NaiveDateTime::parse_from_str(text, TIME),
        ) {
            (Ok(day), _) => (day + Days::new(1)).to_string(),
            (_, Ok(time)) => {
                let by = if slip == Slip::Day {
                    TimeDelta::days(1)
                } else {
                    TimeDelta::minutes(30)
                };
                (time + by).format(TIME).to_string()
            }
            _ => continue,
        };
        *text = later;
        return true;
    }
    false
}

/// Another value of a closed set, such as the next list of a board.
fn wrong_choice(plan: &mut Plan, nth: usize) -> bool {
    let Some(step) = plan.deeds().get(nth).copied() else {
        return false;
    };
    let sets = [
        ["Backlog", "In Progress", "In Review", "Completed"],
        ["Lead", "Qualified", "Proposal", "Lost"],
        ["bar", "line", "scatter", "histogram"],
    ];
    for (_, value) in &mut plan.steps[step].line_mut().arguments {
        let Value::Literal(Json::String(text)) = value else {
            continue;
        };
        for set in sets {
            if let Some(place) = set.iter().position(|known| known == text) {
                *text = set[(place + 1) % set.len()].to_owned();
                return true;
            }
        }
    }
    false
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
pub(super) fn unasked_line(place: Place<'_>) -> Option<Line> {
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
fn somebody<'a>(place: Place<'_>, office: Office<'a>) -> Option<(String, &'a Colleague)> {
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

/// A row like the right one that is not to be changed: of the same name, else of the same person, the nearest first.
fn neighbour(
    place: Place<'_>,
    office: Office<'_>,
    call: &Call,
    argument: &str,
    id: &str,
) -> Option<(&'static Shelf, String)> {
    let tool = underscored(&call.tool);
    let shelf = SHELVES
        .iter()
        .find(|shelf| shelf.key() == argument && tool.starts_with(shelf.domain))?;
    let expected = |id: &str| {
        place
            .calls()
            .any(|call| call.arguments.get(argument).and_then(Json::as_str) == Some(id))
    };
    let id: i64 = id.parse().ok()?;
    let (rows, columns) = office.cells(shelf);
    let right = rows
        .iter()
        .position(|row| row.first() == Some(&Cell::Integer(id)))?;
    let [name, person] = [shelf.name, shelf.person.1]
        .map(|wanted| columns.iter().position(|column| column.name == wanted));
    let alike = |row: &[Cell], column: Option<usize>| {
        column.is_some_and(|column| row[column] == rows[right][column])
    };
    let others = rows
        .iter()
        .enumerate()
        .filter_map(|(place, row)| match row.first() {
            Some(Cell::Integer(id)) if place != right => Some((place, row, format!("{id:08}"))),
            _ => None,
        });
    let others = others.filter(|(_, _, id)| !expected(id));
    let nearest = others.min_by_key(|(place, row, _)| {
        let unlike = match (alike(row, name), alike(row, person)) {
            (true, _) => 0,
            (_, true) => 1,
            _ => 2,
        };
        (unlike, place.abs_diff(right))
    });
    nearest.map(|(_, _, id)| (shelf, id))
}

fn next_number(id: &str) -> Option<Json> {
    let number: u64 = id.parse().ok()?;
    Some(json!(format!("{:0width$}", number + 1, width = id.len())))
}
