//! What a person looks at before changing anything: what the condition is about, and the rows that may have to change. It follows from
//! the task's domains, from what its parameters name, and from which rows it expects to change.

use breakroom_sandbox::world::Colleague;
use breakroom_tasks::task::{Call, Task};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json};

use super::figures;
use super::office::{Office, SHELVES, Shelf, Today, day_of, look_up};
use super::plan::{Line, Step, underscored};

/// Parameters that name a day, by what they say of the days that matter.
const THAT_DAY: [&str; 3] = ["sent", "day", "date"];
const FROM_THEN: [&str; 5] = ["since", "from", "monday", "first", "start_day"];
const UNTIL_THEN: [&str; 7] = ["until", "to", "sunday", "last", "last_day", "cutoff", "due"];

/// What is looked at for a task.
pub(super) struct Survey<'a> {
    office: Office<'a>,
    task: &'a Task,
    /// Colleagues that parameters name, as they name them.
    people: Vec<(&'a str, &'a Colleague)>,
    /// Days that parameters name.
    days: Vec<(&'a str, NaiveDate)>,
    calls: Vec<&'a Call>,
}

impl<'a> Survey<'a> {
    /// The survey of a task.
    pub(super) fn of(office: Office<'a>, task: &'a Task) -> Survey<'a> {
        let texts = || {
            let parameters = task.parameters.iter();
            parameters.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        };
        let people = texts().filter(|(name, _)| {
            task.refers
                .get(*name)
                .is_some_and(|kind| kind == "colleague")
        });
        let people = people.filter_map(|(_, called)| Some((called, office.named(called)?)));
        let days = texts().filter_map(|(name, text)| Some((name, text.parse().ok()?)));
        let mut days: Vec<(&str, NaiveDate)> = days.collect();
        if let Some(count) = task.parameters.get("days").and_then(Json::as_u64) {
            days.push(("since", office.today() - Days::new(count)));
        }
        Survey {
            office,
            task,
            people: people.collect(),
            days,
            calls: task.outcomes[0].calls().collect(),
        }
    }

    /// The look-ups, those of conditions first.
    pub(super) fn looks(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = figures::looks(self.office, self.task)
            .into_iter()
            .map(Step::Look)
            .collect();
        // Where the figures decide that nothing is to be done, nothing else matters.
        if !steps.is_empty() && self.calls.is_empty() {
            return steps;
        }
        let mut shelves: Vec<&Shelf> = SHELVES
            .iter()
            .filter(|shelf| {
                self.task
                    .domains
                    .iter()
                    .any(|domain| domain == shelf.domain)
            })
            .collect();
        shelves.sort_by_key(|shelf| self.calls_on(shelf).next().is_some());
        for shelf in shelves {
            let lines = self.searches(shelf).into_iter();
            steps.extend(lines.map(Step::Look));
        }
        steps
    }

    fn calls_on(&self, shelf: &Shelf) -> impl Iterator<Item = &&'a Call> {
        let calls = self.calls.iter();
        calls.filter(move |call| underscored(&call.tool).starts_with(shelf.domain))
    }

    /// The look-ups of one table, and those of the directory that they need.
    fn searches(&self, shelf: &'static Shelf) -> Vec<Line> {
        let targets: Vec<Map<String, Json>> = self
            .calls_on(shelf)
            .filter_map(|call| {
                self.office
                    .row(shelf, call.arguments.get(shelf.key())?.as_str()?)
            })
            .collect();
        let named = self.named(shelf, &targets);
        let creates = targets.is_empty() && self.calls_on(shelf).next().is_some();
        let alone = self.task.domains.len() == 1;
        let writes_only = shelf
            .made_of
            .iter()
            .any(|name| self.task.parameters.contains_key(*name));
        let mut lines = Vec::new();
        let asked = match (targets.is_empty(), creates) {
            (false, _) => true,
            (_, true) => self.is_condition_of_its_own(shelf),
            _ => alone || !writes_only,
        };
        if asked || named.is_some() {
            lines.extend(self.search(shelf, &targets, named));
        }
        if creates && shelf.domain == "calendar" {
            lines.extend(self.free_time(shelf));
        }
        lines
    }

    /// Whether rows are looked at although all that changes are new rows: a meeting only if there was none, or a task for whoever has
    /// the most.
    fn is_condition_of_its_own(&self, shelf: &Shelf) -> bool {
        let alone = self.task.domains.len() == 1;
        let since = self.days.iter().any(|(name, _)| *name == "since");
        let given = self.calls_on(shelf).all(|call| {
            let address = call.arguments.get(shelf.person.1).and_then(Json::as_str);
            address.is_none_or(|address| {
                let known = self
                    .people
                    .iter()
                    .any(|(_, colleague)| colleague.email == address);
                known || self.task.prompt.contains(address)
            })
        });
        let elsewhere = self.task.domains.iter().any(|domain| {
            domain != shelf.domain
                && Shelf::of(domain).is_some_and(|other| self.calls_on(other).next().is_none())
        });
        (alone && since) || (!given && !elsewhere)
    }

    /// What the task calls the rows of a table, where all that are to change are called so.
    fn named(&self, shelf: &Shelf, targets: &[Map<String, Json>]) -> Option<&'a str> {
        let named = self
            .task
            .refers
            .iter()
            .find(|(_, kind)| *kind == shelf.referent);
        let named = self.task.parameters.get(named?.0)?.as_str()?;
        let called = |row: &Map<String, Json>| {
            let name = row[shelf.name].as_str().unwrap_or_default().to_lowercase();
            named
                .to_lowercase()
                .split_whitespace()
                .all(|word| name.contains(word))
        };
        targets.iter().all(called).then_some(named)
    }

    /// A search by all that is known of the rows: name, person, days and values of closed sets.
    fn search(
        &self,
        shelf: &'static Shelf,
        targets: &[Map<String, Json>],
        named: Option<&str>,
    ) -> Vec<Line> {
        let mut line = shelf.search();
        if let Some(named) = named {
            line = line.with(shelf.words, named);
        }
        if shelf.referent == "customer" && named.is_some() {
            return vec![Shelf::sized(line)];
        }
        let (argument, column) = shelf.person;
        let is_of = |colleague: &Colleague| {
            targets
                .iter()
                .all(|row| row[column].as_str() == Some(&colleague.email))
        };
        let person = self.people.iter().find(|(_, colleague)| is_of(colleague));
        let person = person.filter(|_| shelf.referent != "event" || named.is_none());
        let mut lines = Vec::new();
        if let Some((called, colleague)) = person {
            lines.push(look_up(called));
            line = line.with(argument, self.office.address(colleague, called));
        }
        for (column, value) in self.closed(shelf, targets) {
            line = line.with(column, value);
        }
        let (from, to) = self.span(shelf, targets);
        if let Some(day) = from {
            line = line.with(shelf.from, shelf.begins(day));
        }
        if let Some(day) = to {
            line = line.with(shelf.to, shelf.ends(day));
        }
        let several = self.several();
        if person.is_none() && targets.is_empty() && !several.is_empty() {
            for (called, colleague) in several {
                let line = line
                    .clone()
                    .with(argument, self.office.address(colleague, &called));
                lines.extend([look_up(&called), Shelf::sized(line)]);
            }
            return lines;
        }
        lines.push(Shelf::sized(line));
        lines
    }

    /// Colleagues of whom a parameter lists several.
    fn several(&self) -> Vec<(String, &'a Colleague)> {
        let lists = self.task.parameters.values().filter_map(Json::as_str);
        let lists = lists.filter(|text| text.starts_with('['));
        let names = lists
            .filter_map(|text| serde_json::from_str::<Vec<String>>(text).ok())
            .flatten();
        names
            .filter_map(|name| Some((self.office.named(&name)?, name)))
            .map(|(colleague, name)| (name, colleague))
            .collect()
    }

    /// Values of closed sets that all rows share which are to change; where none is to change, those that one parameter alone has.
    fn closed(&self, shelf: &Shelf, targets: &[Map<String, Json>]) -> Vec<(&'static str, &'a str)> {
        let mut found = Vec::new();
        for (column, values) in shelf.closed_columns() {
            let texts = self.task.parameters.values().filter_map(Json::as_str);
            let mut said: Vec<&str> = texts.filter(|text| values.contains(text)).collect();
            said.retain(|text| {
                targets
                    .iter()
                    .all(|row| row.get(column).and_then(Json::as_str) == Some(text))
            });
            if let [only] = said.as_slice() {
                found.push((column, *only));
            }
        }
        found
    }

    /// The first and the last day to search, from days that the task names.
    fn span(
        &self,
        shelf: &Shelf,
        targets: &[Map<String, Json>],
    ) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let today = self.office.today();
        let of_targets: Vec<NaiveDate> = targets
            .iter()
            .filter_map(|row| day_of(row.get(shelf.moment)))
            .collect();
        if let (Some(first), Some(last)) = (of_targets.iter().min(), of_targets.iter().max()) {
            let named = || self.days.iter().map(|(_, day)| *day);
            let day = |means: Today| (shelf.today == means).then_some(today);
            let from = named()
                .chain(day(Today::First))
                .filter(|day| day <= first)
                .max();
            let to = named()
                .chain(day(Today::Last))
                .filter(|day| day >= last)
                .min();
            return (from, to);
        }
        if !targets.is_empty() {
            return (None, None);
        }
        // Mails and contacts with customers lie in the past.
        let possible = |day: &NaiveDate| shelf.today != Today::Nothing || *day <= today;
        let of = |names: &[&str]| {
            let mut days = self
                .days
                .iter()
                .filter(|(name, day)| names.contains(name) && possible(day));
            days.next().map(|(_, day)| *day)
        };
        let bounds = (of(&FROM_THEN), of(&UNTIL_THEN));
        match (bounds, of(&THAT_DAY)) {
            ((None, None), Some(day)) => (Some(day), Some(day)),
            ((None, Some(to)), _) if shelf.today == Today::First => (Some(today.min(to)), Some(to)),
            (bounds, _) => bounds,
        }
    }

    /// The look at the calendar that shows when there is time for a new meeting, unless the task says when it is.
    fn free_time(&self, shelf: &Shelf) -> Option<Line> {
        let call = self.calls_on(shelf).next()?;
        let start = call.arguments.get(shelf.moment)?.as_str()?;
        let told = |text: &str| text == start || start.get(11..16) == Some(text);
        if self
            .task
            .parameters
            .values()
            .filter_map(Json::as_str)
            .any(told)
        {
            return None;
        }
        let day: NaiveDate = start.get(..10)?.parse().ok()?;
        let named = self.days.iter().map(|(_, day)| *day);
        let from = named
            .filter(|named| *named <= day && *named >= self.office.today())
            .max();
        let line = shelf
            .search()
            .with(shelf.from, shelf.begins(from.unwrap_or(day)));
        Some(Shelf::sized(line.with(shelf.to, shelf.ends(day))))
    }
}
