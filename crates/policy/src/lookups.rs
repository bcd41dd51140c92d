//! The look-ups before any change: what the task's condition depends on, and the rows that may have to change. They follow from the
//! task's domains, its parameters, and the rows that it expects to change.

use breakroom_sandbox::world::Colleague;
use breakroom_tasks::task::{Call, Task};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value as Json};

use super::metrics;
use super::office::{OfficeView, SEARCHABLE_TABLES, SearchableTable, TodayBound, day_of, look_up};
use super::plan::{PlanStep, PlannedCall, underscored};

/// Parameters that name a day, by what the day means: the day itself, the start of a range, or its end.
const THAT_DAY: [&str; 3] = ["sent", "day", "date"];
const FROM_THEN: [&str; 5] = ["since", "from", "monday", "first", "start_day"];
const UNTIL_THEN: [&str; 7] = ["until", "to", "sunday", "last", "last_day", "cutoff", "due"];

/// Plans the look-ups of a task.
pub(super) struct LookupPlanner<'a> {
    office: OfficeView<'a>,
    task: &'a Task,
    /// The colleagues whom parameters name, with the name used.
    people: Vec<(&'a str, &'a Colleague)>,
    /// The days that parameters name, with the parameter.
    days: Vec<(&'a str, NaiveDate)>,
    calls: Vec<&'a Call>,
}

impl<'a> LookupPlanner<'a> {
    /// Creates the planner of a task.
    pub(super) fn of(office: OfficeView<'a>, task: &'a Task) -> LookupPlanner<'a> {
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
        LookupPlanner {
            office,
            task,
            people: people.collect(),
            days,
            calls: task.outcomes[0].calls().collect(),
        }
    }

    /// The look-ups; those of conditions come first.
    pub(super) fn lookups(&self) -> Vec<PlanStep> {
        let mut steps: Vec<PlanStep> = metrics::lookups(self.office, self.task)
            .into_iter()
            .map(PlanStep::LookUp)
            .collect();
        // If the metrics decide that nothing is to be done, nothing else matters.
        if !steps.is_empty() && self.calls.is_empty() {
            return steps;
        }
        let mut searchables: Vec<&SearchableTable> = SEARCHABLE_TABLES
            .iter()
            .filter(|searchable| {
                self.task
                    .domains
                    .iter()
                    .any(|domain| domain == searchable.domain)
            })
            .collect();
        searchables.sort_by_key(|searchable| self.calls_on(searchable).next().is_some());
        for searchable in searchables {
            let planned_calls = self.searches(searchable).into_iter();
            steps.extend(planned_calls.map(PlanStep::LookUp));
        }
        steps
    }

    fn calls_on(&self, searchable: &SearchableTable) -> impl Iterator<Item = &&'a Call> {
        let calls = self.calls.iter();
        calls.filter(move |call| underscored(&call.tool).starts_with(searchable.domain))
    }

    /// The searches of one table, and the directory look-ups that they need.
    fn searches(&self, searchable: &'static SearchableTable) -> Vec<PlannedCall> {
        let targets: Vec<Map<String, Json>> = self
            .calls_on(searchable)
            .filter_map(|call| {
                self.office
                    .row(searchable, call.arguments.get(searchable.key())?.as_str()?)
            })
            .collect();
        let named = self.named(searchable, &targets);
        let creates = targets.is_empty() && self.calls_on(searchable).next().is_some();
        let alone = self.task.domains.len() == 1;
        let writes_only = searchable
            .creation_parameters
            .iter()
            .any(|name| self.task.parameters.contains_key(*name));
        let mut planned_calls = Vec::new();
        let asked = match (targets.is_empty(), creates) {
            (false, _) => true,
            (_, true) => self.is_condition_of_its_own(searchable),
            _ => alone || !writes_only,
        };
        if asked || named.is_some() {
            planned_calls.extend(self.search(searchable, &targets, named));
        }
        if creates && searchable.domain == "calendar" {
            planned_calls.extend(self.free_time(searchable));
        }
        planned_calls
    }

    /// Whether existing rows must be searched although the task only creates rows, such as a meeting only if there was none, or a task
    /// for whoever has the most.
    fn is_condition_of_its_own(&self, searchable: &SearchableTable) -> bool {
        let alone = self.task.domains.len() == 1;
        let since = self.days.iter().any(|(name, _)| *name == "since");
        let given = self.calls_on(searchable).all(|call| {
            let address = call
                .arguments
                .get(searchable.person.1)
                .and_then(Json::as_str);
            address.is_none_or(|address| {
                let known = self
                    .people
                    .iter()
                    .any(|(_, colleague)| colleague.email == address);
                known || self.task.prompt.contains(address)
            })
        });
        let elsewhere = self.task.domains.iter().any(|domain| {
            domain != searchable.domain
                && SearchableTable::of_domain(domain)
                    .is_some_and(|other| self.calls_on(other).next().is_none())
        });
        (alone && since) || (!given && !elsewhere)
    }

    /// The task's name for the rows of a table, if it matches every row that is to change.
    fn named(
        &self,
        searchable: &SearchableTable,
        targets: &[Map<String, Json>],
    ) -> Option<&'a str> {
        let named = self
            .task
            .refers
            .iter()
            .find(|(_, kind)| *kind == searchable.row_noun);
        let named = self.task.parameters.get(named?.0)?.as_str()?;
        let called = |row: &Map<String, Json>| {
            let name = row[searchable.name_column]
                .as_str()
                .unwrap_or_default()
                .to_lowercase();
            named
                .to_lowercase()
                .split_whitespace()
                .all(|word| name.contains(word))
        };
        targets.iter().all(called).then_some(named)
    }

    /// A search by everything known about the rows: name, person, days and values of closed sets.
    fn search(
        &self,
        searchable: &'static SearchableTable,
        targets: &[Map<String, Json>],
        named: Option<&str>,
    ) -> Vec<PlannedCall> {
        let mut planned = searchable.search();
        if let Some(named) = named {
            planned = planned.with(searchable.query_argument, named);
        }
        if searchable.row_noun == "customer" && named.is_some() {
            return vec![SearchableTable::with_page_size(planned)];
        }
        let (argument, column) = searchable.person;
        let is_of = |colleague: &Colleague| {
            targets
                .iter()
                .all(|row| row[column].as_str() == Some(&colleague.email))
        };
        let person = self.people.iter().find(|(_, colleague)| is_of(colleague));
        let person = person.filter(|_| searchable.row_noun != "event" || named.is_none());
        let mut planned_calls = Vec::new();
        if let Some((called, colleague)) = person {
            planned_calls.push(look_up(called));
            planned = planned.with(argument, self.office.address(colleague, called));
        }
        for (column, value) in self.closed(searchable, targets) {
            planned = planned.with(column, value);
        }
        let (from, to) = self.span(searchable, targets);
        if let Some(day) = from {
            planned = planned.with(searchable.from_argument, searchable.day_start(day));
        }
        if let Some(day) = to {
            planned = planned.with(searchable.to_argument, searchable.day_end(day));
        }
        let several = self.several();
        if person.is_none() && targets.is_empty() && !several.is_empty() {
            for (called, colleague) in several {
                let planned = planned
                    .clone()
                    .with(argument, self.office.address(colleague, &called));
                planned_calls.extend([look_up(&called), SearchableTable::with_page_size(planned)]);
            }
            return planned_calls;
        }
        planned_calls.push(SearchableTable::with_page_size(planned));
        planned_calls
    }

    /// The colleagues in parameters that list several.
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

    /// The values of closed sets that all rows to change have in common. If no row is to change, the values that exactly one parameter has.
    fn closed(
        &self,
        searchable: &SearchableTable,
        targets: &[Map<String, Json>],
    ) -> Vec<(&'static str, &'a str)> {
        let mut found = Vec::new();
        for (column, values) in searchable.closed_columns() {
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

    /// The first and the last day to search, from the days that the task names.
    fn span(
        &self,
        searchable: &SearchableTable,
        targets: &[Map<String, Json>],
    ) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let today = self.office.today();
        let of_targets: Vec<NaiveDate> = targets
            .iter()
            .filter_map(|row| day_of(row.get(searchable.time_column)))
            .collect();
        if let (Some(first), Some(last)) = (of_targets.iter().min(), of_targets.iter().max()) {
            let named = || self.days.iter().map(|(_, day)| *day);
            let day = |means: TodayBound| (searchable.today_bound == means).then_some(today);
            let from = named()
                .chain(day(TodayBound::Start))
                .filter(|day| day <= first)
                .max();
            let to = named()
                .chain(day(TodayBound::End))
                .filter(|day| day >= last)
                .min();
            return (from, to);
        }
        if !targets.is_empty() {
            return (None, None);
        }
        // Mails and customer contacts are always in the past.
        let possible =
            |day: &NaiveDate| searchable.today_bound != TodayBound::Neither || *day <= today;
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
            ((None, Some(to)), _) if searchable.today_bound == TodayBound::Start => {
                (Some(today.min(to)), Some(to))
            }
            (bounds, _) => bounds,
        }
    }

    /// The calendar search that shows when a new meeting is possible, unless the task states its time.
    fn free_time(&self, searchable: &SearchableTable) -> Option<PlannedCall> {
        let call = self.calls_on(searchable).next()?;
        let start = call.arguments.get(searchable.time_column)?.as_str()?;
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
        let planned = searchable.search().with(
            searchable.from_argument,
            searchable.day_start(from.unwrap_or(day)),
        );
        Some(SearchableTable::with_page_size(
            planned.with(searchable.to_argument, searchable.day_end(day)),
        ))
    }
}
