//! Finds out how far a conversation has come in a plan, and what is next. It keeps no state: the plan is replayed from the start each
//! time, so the same conversation always gives the same action.

use breakroom_tasks::task::Call;
use serde_json::{Map, Value as Json, json};

use super::plan::{ArgumentValue, Lookup, LookupTarget, Plan, PlanStep, PlannedCall};
use super::{Exchange, PolicyAction};

/// How often a call is made before the policy gives up on it.
const MAX_ATTEMPTS: usize = 2;

/// How many pages of a look-up are read at most.
const MAX_PAGES: i64 = 5;

/// The next action of a plan.
pub(super) fn next_action(plan: &Plan, exchanges: &[Exchange]) -> PolicyAction {
    let mut replay = PlanReplay {
        exchanges,
        consumed: vec![false; exchanges.len()],
    };
    for step in &plan.steps {
        if let Err(action) = replay.advance(step) {
            return action;
        }
    }
    PolicyAction::Answer(plan.answer.clone())
}

struct PlanReplay<'a> {
    exchanges: &'a [Exchange],
    /// Which exchanges belong to an earlier step. Look-ups are not counted, because their results serve every step.
    consumed: Vec<bool>,
}

/// The result of replaying a part of a step. The action to take now is the error, so that `?` ends the replay.
type Progress<T> = Result<T, PolicyAction>;

impl PlanReplay<'_> {
    fn advance(&mut self, step: &PlanStep) -> Progress<()> {
        match step {
            PlanStep::LookUp(planned) => self.look_up(planned).map(|_| ()),
            PlanStep::Write(planned) => {
                let call = self.resolve(planned)?;
                self.write(call)
            }
            PlanStep::Repeat { planned, times } => {
                let call = self.resolve(planned)?;
                self.repeat(call, *times)
            }
            PlanStep::Malformed(planned) => {
                let call = self.resolve(planned)?;
                self.malformed_call(call)
            }
        }
    }

    /// Resolves a planned call, or returns the action that looks up a missing argument.
    fn resolve(&self, planned: &PlannedCall) -> Progress<Call> {
        let mut arguments = Map::new();
        for (name, value) in &planned.arguments {
            let value = match value {
                ArgumentValue::Literal(value) => value.clone(),
                ArgumentValue::Lookup(lookup) => self.look_up_value(lookup)?,
            };
            arguments.insert(name.clone(), value);
        }
        Ok(Call {
            tool: planned.tool.clone(),
            arguments: Json::Object(arguments),
        })
    }

    fn look_up_value(&self, lookup: &Lookup) -> Progress<Json> {
        if let Some(value) = shown_value(&lookup.target, self.exchanges) {
            return Ok(value);
        }
        let call = self.resolve(&lookup.search)?;
        let mut pages = 1;
        let mut page = 1;
        while page <= pages {
            let result = self.read(&page_of(&call, page))?;
            pages = result["pages"].as_i64().unwrap_or(1);
            page += 1;
        }
        // All pages were read, and none of them showed it.
        if self.count(&call) < MAX_ATTEMPTS {
            return Err(PolicyAction::Call(call));
        }
        Err(give_up(&call, "it did not show what I was looking for"))
    }

    /// Reads the pages of a look-up, up to the limit.
    fn look_up(&self, planned: &PlannedCall) -> Progress<()> {
        let call = self.resolve(planned)?;
        let first = self.read(&call)?;
        let pages = first["pages"].as_i64().unwrap_or(1).min(MAX_PAGES);
        for page in 2..=pages {
            self.read(&page_of(&call, page))?;
        }
        Ok(())
    }

    /// The result of a look-up, or the action that makes it.
    fn read(&self, call: &Call) -> Progress<&Json> {
        let made = self
            .exchanges
            .iter()
            .filter(|exchange| exchange.is_of(call));
        let mut refusal = "";
        for exchange in made {
            match &exchange.result {
                Ok(result) => return Ok(result),
                Err(text) => refusal = text,
            }
        }
        if self.count(call) < MAX_ATTEMPTS {
            return Err(PolicyAction::Call(call.clone()));
        }
        Err(give_up(call, refusal))
    }

    fn count(&self, call: &Call) -> usize {
        let made = self
            .exchanges
            .iter()
            .filter(|exchange| exchange.is_of(call));
        made.count()
    }

    fn write(&mut self, call: Call) -> Progress<()> {
        let mut refusals = 0;
        for (index, exchange) in self.exchanges.iter().enumerate() {
            if self.consumed[index] || !exchange.is_of(&call) {
                continue;
            }
            self.consumed[index] = true;
            match &exchange.result {
                Ok(_) => return Ok(()),
                Err(text) => {
                    refusals += 1;
                    if refusals == MAX_ATTEMPTS {
                        return Err(give_up(&call, text));
                    }
                }
            }
        }
        Err(PolicyAction::Call(call))
    }

    fn repeat(&mut self, call: Call, times: usize) -> Progress<()> {
        let mut made = 0;
        for (index, exchange) in self.exchanges.iter().enumerate() {
            if made < times && !self.consumed[index] && exchange.is_of(&call) {
                self.consumed[index] = true;
                made += 1;
            }
        }
        if made < times {
            return Err(PolicyAction::Call(call));
        }
        Ok(())
    }

    fn malformed_call(&mut self, call: Call) -> Progress<()> {
        for (index, exchange) in self.exchanges.iter().enumerate() {
            let is_malformed = exchange
                .call
                .as_ref()
                .is_none_or(|call| !call.arguments.is_object());
            if !self.consumed[index] && is_malformed {
                self.consumed[index] = true;
                return Ok(());
            }
        }
        Err(PolicyAction::MalformedCall(call))
    }
}

/// The same call for another page.
fn page_of(call: &Call, page: i64) -> Call {
    let mut call = call.clone();
    if page > 1 {
        call.arguments["page"] = json!(page);
    }
    call
}

fn give_up(call: &Call, why: &str) -> PolicyAction {
    PolicyAction::Answer(format!(
        "I could not get on and stopped. I tried {} more than once, but: {}.",
        call.tool,
        why.trim_end_matches(['.', '?', '!', ' '])
    ))
}

/// The value of a look-up, if a result has shown it.
fn shown_value(target: &LookupTarget, exchanges: &[Exchange]) -> Option<Json> {
    let rows = exchanges
        .iter()
        .filter_map(|exchange| exchange.result.as_ref().ok())
        .flat_map(shown_rows);
    match target {
        LookupTarget::Row {
            key,
            shown,
            ordinal,
        } => {
            let same = rows.filter(|row| {
                shown
                    .iter()
                    .all(|(name, value)| row.get(name) == Some(value))
            });
            let mut ids: Vec<&str> = same.filter_map(|row| row[*key].as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.get(*ordinal).map(|id| json!(id))
        }
        LookupTarget::Address { name, address } => rows
            .filter_map(Json::as_object)
            .find_map(|row| match name {
                Some(name) => {
                    let is_it = row.get("name").and_then(Json::as_str) == Some(name);
                    row.get("email").filter(|_| is_it)
                }
                None => row.values().find(|value| {
                    value
                        .as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case(address))
                }),
            })
            .cloned(),
    }
}

/// The rows in a result: those of a search or of the directory, or the single row that a call returned.
fn shown_rows(result: &Json) -> impl Iterator<Item = &Json> {
    let lists = [&result["results"], &result["matches"]];
    let many = lists.into_iter().filter_map(Json::as_array).flatten();
    many.chain([result])
}
