//! How far a conversation has come in a plan, and what is next. Nothing is kept: the walk begins anew each time, so the same
//! conversation gives the same move.

use breakroom_tasks::task::Call;
use serde_json::{Map, Value as Json, json};

use super::plan::{Found, Line, Plan, Sought, Step, Value};
use super::{Exchange, Move};

/// How often a call is made that does not give what it should.
const PATIENCE: usize = 2;

/// How many pages are read to learn what a condition is about.
const MOST_PAGES: i64 = 5;

/// The next move of a plan.
pub(super) fn next(plan: &Plan, exchanges: &[Exchange]) -> Move {
    let mut walk = Walk {
        exchanges,
        passed: vec![false; exchanges.len()],
    };
    for step in &plan.steps {
        if let Err(now) = walk.pass(step) {
            return now;
        }
    }
    Move::Answer(plan.answer.clone())
}

struct Walk<'a> {
    exchanges: &'a [Exchange],
    /// Exchanges that belong to a step that was passed, of those steps that happen again each time.
    passed: Vec<bool>,
}

/// What a part of a step came to: the move to make now is an error, so that `?` ends the walk with it.
type Passed<T> = Result<T, Move>;

impl Walk<'_> {
    fn pass(&mut self, step: &Step) -> Passed<()> {
        match step {
            Step::Look(line) => self.look(line).map(|_| ()),
            Step::Write(line) => {
                let call = self.fill(line)?;
                self.write(call)
            }
            Step::Play { line, times } => {
                let call = self.fill(line)?;
                self.play(call, *times)
            }
            Step::Garble(line) => {
                let call = self.fill(line)?;
                self.garble(call)
            }
        }
    }

    /// The call of a line, once all of its arguments are known.
    fn fill(&self, line: &Line) -> Passed<Call> {
        let mut arguments = Map::new();
        for (name, value) in &line.arguments {
            let value = match value {
                Value::Literal(value) => value.clone(),
                Value::Found(found) => self.find(found)?,
            };
            arguments.insert(name.clone(), value);
        }
        Ok(Call {
            tool: line.tool.clone(),
            arguments: Json::Object(arguments),
        })
    }

    fn find(&self, found: &Found) -> Passed<Json> {
        if let Some(value) = seen(&found.what, self.exchanges) {
            return Ok(value);
        }
        let call = self.fill(&found.look)?;
        let mut pages = 1;
        let mut page = 1;
        while page <= pages {
            let result = self.read(&paged(&call, page))?;
            pages = result["pages"].as_i64().unwrap_or(1);
            page += 1;
        }
        // All pages were read and it was on none.
        if self.count(&call) < PATIENCE {
            return Err(Move::Call(call));
        }
        Err(give_up(&call, "it did not show what I was looking for"))
    }

    /// Reads all pages that matter of a look-up.
    fn look(&self, line: &Line) -> Passed<()> {
        let call = self.fill(line)?;
        let first = self.read(&call)?;
        let pages = first["pages"].as_i64().unwrap_or(1).min(MOST_PAGES);
        for page in 2..=pages {
            self.read(&paged(&call, page))?;
        }
        Ok(())
    }

    /// What a look-up returned, or the move that makes it.
    fn read(&self, call: &Call) -> Passed<&Json> {
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
        if self.count(call) < PATIENCE {
            return Err(Move::Call(call.clone()));
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

    fn write(&mut self, call: Call) -> Passed<()> {
        let mut refusals = 0;
        for (place, exchange) in self.exchanges.iter().enumerate() {
            if self.passed[place] || !exchange.is_of(&call) {
                continue;
            }
            self.passed[place] = true;
            match &exchange.result {
                Ok(_) => return Ok(()),
                Err(text) => {
                    refusals += 1;
                    if refusals == PATIENCE {
                        return Err(give_up(&call, text));
                    }
                }
            }
        }
        Err(Move::Call(call))
    }

    fn play(&mut self, call: Call, times: usize) -> Passed<()> {
        let mut made = 0;
        for (place, exchange) in self.exchanges.iter().enumerate() {
            if made < times && !self.passed[place] && exchange.is_of(&call) {
                self.passed[place] = true;
                made += 1;
            }
        }
        if made < times {
            return Err(Move::Call(call));
        }
        Ok(())
    }

    fn garble(&mut self, call: Call) -> Passed<()> {
        for (place, exchange) in self.exchanges.iter().enumerate() {
            let unread = exchange
                .call
                .as_ref()
                .is_none_or(|call| !call.arguments.is_object());
            if !self.passed[place] && unread {
                self.passed[place] = true;
                return Ok(());
            }
        }
        Err(Move::Garbled(call))
    }
}

/// The call of another page.
fn paged(call: &Call, page: i64) -> Call {
    let mut call = call.clone();
    if page > 1 {
        call.arguments["page"] = json!(page);
    }
    call
}

fn give_up(call: &Call, why: &str) -> Move {
    Move::Answer(format!(
        "I could not get on and stopped. I tried {} more than once, but: {}.",
        call.tool,
        why.trim_end_matches(['.', '?', '!', ' '])
    ))
}

/// What is sought, where a tool has shown it.
fn seen(what: &Sought, exchanges: &[Exchange]) -> Option<Json> {
    let rows = exchanges
        .iter()
        .filter_map(|exchange| exchange.result.as_ref().ok())
        .flat_map(shown_rows);
    match what {
        Sought::Row { key, shown, place } => {
            let same = rows.filter(|row| {
                shown
                    .iter()
                    .all(|(name, value)| row.get(name) == Some(value))
            });
            let mut ids: Vec<&str> = same.filter_map(|row| row[*key].as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.get(*place).map(|id| json!(id))
        }
        Sought::Address { name, address } => rows
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

/// The rows that a result shows: those of a search, those of the directory, or the one that a call returned.
fn shown_rows(result: &Json) -> impl Iterator<Item = &Json> {
    let lists = [&result["results"], &result["matches"]];
    let many = lists.into_iter().filter_map(Json::as_array).flatten();
    many.chain([result])
}
