//! What a policy knows of the office: whom names mean, and where rows are looked for.

use std::sync::LazyLock;

use breakroom_sandbox::Value as Cell;
use breakroom_sandbox::row::value_to_json;
use breakroom_sandbox::schema::{Column, TableId};
use breakroom_sandbox::world::{Colleague, World};
use breakroom_tools::native;
use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::plan::{Found, Line, Sought, Value};

/// Rows that a page of a search has at most.
const PAGE_SIZE: u32 = 100;

/// A table with a search of its own.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) domain: &'static str,
    table: &'static str,
    pub(super) search: &'static str,
    /// The argument for words, and the column in which a row's name stands.
    pub(super) words: &'static str,
    pub(super) name: &'static str,
    /// The argument for somebody's address, and the column in which it stands.
    pub(super) person: (&'static str, &'static str),
    /// The column by which rows lie in time, and the arguments for its bounds.
    pub(super) moment: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// What today means to somebody who searches.
    pub(super) today: Today,
    /// What a task calls one of its rows.
    pub(super) referent: &'static str,
    /// Parameters that say what a new row is to hold: a task that has them writes here, and need not search here.
    pub(super) made_of: &'static [&'static str],
}

/// What today means to somebody who searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Today {
    /// What matters is still to come.
    First,
    /// What matters is past.
    Last,
    /// Nothing.
    Nothing,
}

/// Every table that rows are looked for in.
pub(super) const SHELVES: [Shelf; 4] = [
    Shelf {
        domain: "calendar",
        table: "event",
        search: "calendar_search_events",
        words: "query",
        name: "event_name",
        person: ("participant_email", "participant_email"),
        moment: "event_start",
        from: "time_min",
        to: "time_max",
        today: Today::First,
        referent: "event",
        made_of: &["title", "meeting", "minutes"],
    },
    Shelf {
        domain: "email",
        table: "email",
        search: "email_search_emails",
        words: "query",
        name: "subject",
        person: ("sender", "sender"),
        moment: "sent_datetime",
        from: "date_min",
        to: "date_max",
        today: Today::Nothing,
        referent: "mail",
        made_of: &["body", "reply", "late_body", "good_body"],
    },
    Shelf {
        domain: "project_management",
        table: "task",
        search: "project_management_search_tasks",
        words: "task_name",
        name: "task_name",
        person: ("assigned_to_email", "assigned_to_email"),
        moment: "due_date",
        from: "due_date_min",
        to: "due_date_max",
        today: Today::Last,
        referent: "task",
        made_of: &["board"],
    },
    Shelf {
        domain: "customer_relationship_manager",
        table: "customer",
        search: "customer_relationship_manager_search_customers",
        words: "customer_name",
        name: "customer_name",
        person: ("assigned_to_email", "assigned_to_email"),
        moment: "last_contact_date",
        from: "last_contact_date_min",
        to: "last_contact_date_max",
        today: Today::Nothing,
        referent: "customer",
        made_of: &["interest"],
    },
];

impl Shelf {
    /// The one of a domain.
    pub(super) fn of(domain: &str) -> Option<&'static Shelf> {
        SHELVES.iter().find(|shelf| shelf.domain == domain)
    }

    /// The one whose ids stand in an argument.
    pub(super) fn with_key(argument: &str) -> Option<&'static Shelf> {
        SHELVES.iter().find(|shelf| shelf.key() == argument)
    }

    fn table(&self) -> TableId {
        TableId::find(self.domain, self.table).expect("shelves are tables, a test opens each")
    }

    /// The column of its ids.
    pub(super) fn key(&self) -> &'static str {
        &self.table().table().columns[0].name
    }

    /// A search of its rows, the most that fit on a page.
    pub(super) fn search(&self) -> Line {
        Line::new(self.search)
    }

    /// A search with the size of its pages.
    pub(super) fn sized(line: Line) -> Line {
        line.with("page_size", PAGE_SIZE)
    }

    /// The bounds of a day as the search takes them.
    pub(super) fn begins(&self, day: NaiveDate) -> Json {
        json!(if self.moment.ends_with("start") {
            format!("{day} 00:00:00")
        } else {
            day.to_string()
        })
    }

    /// The end of a day as the search takes it.
    pub(super) fn ends(&self, day: NaiveDate) -> Json {
        json!(if self.moment.ends_with("start") {
            format!("{day} 23:59:59")
        } else {
            day.to_string()
        })
    }

    /// The columns that the search takes one of a few values for.
    pub(super) fn closed_columns(&self) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        static SEARCHES: LazyLock<Vec<&native::NativeTool>> = LazyLock::new(|| {
            let named = |shelf: &Shelf| {
                native::catalog()
                    .iter()
                    .find(|tool| tool.name == shelf.search)
            };
            SHELVES.iter().filter_map(named).collect()
        });
        let tool = SEARCHES.iter().find(|tool| tool.name == self.search);
        let fields = tool.and_then(|tool| tool.schema["properties"].as_object());
        fields.into_iter().flatten().filter_map(|(name, field)| {
            let values = field["enum"].as_array()?;
            Some((
                name.as_str(),
                values.iter().filter_map(Json::as_str).collect(),
            ))
        })
    }
}

/// The office as a policy sees it.
#[derive(Clone, Copy)]
pub(super) struct Office<'a> {
    pub(super) world: &'a World,
}

impl<'a> Office<'a> {
    pub(super) fn today(self) -> NaiveDate {
        self.world.clock().date()
    }

    pub(super) fn directory(self) -> &'a [Colleague] {
        self.world.directory()
    }

    /// Whom a name means: a whole name, or a first name that nobody else has.
    pub(super) fn named(self, name: &str) -> Option<&'a Colleague> {
        let whole = self
            .directory()
            .iter()
            .find(|colleague| colleague.name == name);
        whole.or_else(|| {
            let mut namesakes = self
                .directory()
                .iter()
                .filter(|colleague| first_name(colleague) == name);
            namesakes.next().filter(|_| namesakes.next().is_none())
        })
    }

    /// Whose address it is.
    pub(super) fn addressee(self, address: &str) -> Option<&'a Colleague> {
        let mut all = self.directory().iter();
        all.find(|colleague| colleague.email.eq_ignore_ascii_case(address))
    }

    /// Every row of a shelf as it is stored, and its columns.
    pub(super) fn cells(self, shelf: &Shelf) -> (&'a [Vec<Cell>], &'static [Column]) {
        let table = shelf.table();
        (self.world.rows(table), &table.table().columns)
    }

    /// Every row of a shelf as tools show it.
    pub(super) fn rows(self, shelf: &Shelf) -> impl Iterator<Item = Map<String, Json>> + use<'a> {
        let table = shelf.table();
        self.world
            .rows(table)
            .iter()
            .map(move |cells| shown(table, cells))
    }

    /// A row as tools show it.
    pub(super) fn row(self, shelf: &Shelf, id: &str) -> Option<Map<String, Json>> {
        let table = shelf.table();
        let cells = self.world.row(table, id.parse().ok()?)?;
        Some(shown(table, cells))
    }

    /// The id of a row, to be found by what it shows.
    pub(super) fn row_id(self, shelf: &Shelf, id: &str) -> Option<Value> {
        let table = shelf.table();
        let cells = self.world.row(table, id.parse().ok()?)?;
        let mut row = shown(table, cells);
        let same = |other: &&Vec<Cell>| {
            let columns = table.table().columns.iter().zip(other.iter().zip(cells));
            let mut told = columns.filter(|(column, _)| !column.is_id());
            told.all(|(_, (other, mine))| other == mine)
        };
        let twins = self.world.rows(table).iter().filter(same);
        let place = twins.take_while(|other| *other != cells).count();
        let mut look = shelf.search();
        if let Some(name) = row.get(shelf.name).filter(|name| name.as_str() != Some("")) {
            look = look.with(shelf.words, name.clone());
        }
        let dated = shelf.today != Today::Last && shelf.domain != "customer_relationship_manager";
        if let Some(day) = day_of(row.get(shelf.moment)).filter(|_| dated) {
            look = look
                .with(shelf.from, shelf.begins(day))
                .with(shelf.to, shelf.ends(day));
        }
        row.retain(|name, _| {
            !table
                .table()
                .columns
                .iter()
                .any(|column| column.is_id() && column.name == *name)
        });
        Some(Value::Found(Box::new(Found {
            what: Sought::Row {
                key: shelf.key(),
                shown: row.into_iter().collect(),
                place,
            },
            look: Shelf::sized(look),
        })))
    }

    /// A colleague's address, looked for under what the task calls them.
    pub(super) fn address(self, colleague: &Colleague, called: &str) -> Value {
        Value::Found(Box::new(Found {
            what: Sought::Address {
                name: Some(colleague.name.clone()),
                address: colleague.email.clone(),
            },
            look: look_up(called),
        }))
    }
}

/// The look-up of a name in the directory.
pub(super) fn look_up(name: &str) -> Line {
    Line::new("company_directory_find_email_address").with("name", name)
}

/// A first name.
pub(super) fn first_name(colleague: &Colleague) -> &str {
    colleague.name.split(' ').next().unwrap_or(&colleague.name)
}

fn shown(table: TableId, cells: &[Cell]) -> Map<String, Json> {
    let columns = table.table().columns.iter().zip(cells);
    columns
        .map(|(column, cell)| (column.name.clone(), value_to_json(column, cell)))
        .collect()
}

/// The day of a date, or of a date and time.
pub(super) fn day_of(value: Option<&Json>) -> Option<NaiveDate> {
    value?.as_str()?.get(..10)?.parse().ok()
}
