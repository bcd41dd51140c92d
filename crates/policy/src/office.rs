//! What a policy knows of the office: whom a name means, and where rows can be searched.

use std::sync::LazyLock;

use breakroom_sandbox::Value as Cell;
use breakroom_sandbox::row::value_to_json;
use breakroom_sandbox::schema::{Column, TableId};
use breakroom_sandbox::world::{Colleague, World};
use breakroom_tools::native;
use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::plan::{ArgumentValue, Lookup, LookupTarget, PlannedCall};

/// The largest page of a search.
const PAGE_SIZE: u32 = 100;

/// A table that a tool can search.
#[derive(Debug)]
pub(super) struct SearchableTable {
    pub(super) domain: &'static str,
    table: &'static str,
    pub(super) search: &'static str,
    /// The argument for words, and the column that holds a row's name.
    pub(super) query_argument: &'static str,
    pub(super) name_column: &'static str,
    /// The argument for somebody's address, and the column that holds it.
    pub(super) person: (&'static str, &'static str),
    /// The column that holds a row's time, and the arguments for its bounds.
    pub(super) time_column: &'static str,
    pub(super) from_argument: &'static str,
    pub(super) to_argument: &'static str,
    /// Which bound of a search today is.
    pub(super) today_bound: TodayBound,
    /// What a task calls a row of it.
    pub(super) row_noun: &'static str,
    /// Parameters that describe a new row. A task that has one of them creates a row here, and need not search here.
    pub(super) creation_parameters: &'static [&'static str],
}

/// Which bound of a search today is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TodayBound {
    /// The start: what matters is in the future.
    Start,
    /// The end: what matters is in the past.
    End,
    /// Neither.
    Neither,
}

/// Every table that can be searched.
pub(super) const SEARCHABLE_TABLES: [SearchableTable; 4] = [
    SearchableTable {
        domain: "calendar",
        table: "event",
        search: "calendar_search_events",
        query_argument: "query",
        name_column: "event_name",
        person: ("participant_email", "participant_email"),
        time_column: "event_start",
        from_argument: "time_min",
        to_argument: "time_max",
        today_bound: TodayBound::Start,
        row_noun: "event",
        creation_parameters: &["title", "meeting", "minutes"],
    },
    SearchableTable {
        domain: "email",
        table: "email",
        search: "email_search_emails",
        query_argument: "query",
        name_column: "subject",
        person: ("sender", "sender"),
        time_column: "sent_datetime",
        from_argument: "date_min",
        to_argument: "date_max",
        today_bound: TodayBound::Neither,
        row_noun: "mail",
        creation_parameters: &["body", "reply", "late_body", "good_body"],
    },
    SearchableTable {
        domain: "project_management",
        table: "task",
        search: "project_management_search_tasks",
        query_argument: "task_name",
        name_column: "task_name",
        person: ("assigned_to_email", "assigned_to_email"),
        time_column: "due_date",
        from_argument: "due_date_min",
        to_argument: "due_date_max",
        today_bound: TodayBound::End,
        row_noun: "task",
        creation_parameters: &["board"],
    },
    SearchableTable {
        domain: "customer_relationship_manager",
        table: "customer",
        search: "customer_relationship_manager_search_customers",
        query_argument: "customer_name",
        name_column: "customer_name",
        person: ("assigned_to_email", "assigned_to_email"),
        time_column: "last_contact_date",
        from_argument: "last_contact_date_min",
        to_argument: "last_contact_date_max",
        today_bound: TodayBound::Neither,
        row_noun: "customer",
        creation_parameters: &["interest"],
    },
];

impl SearchableTable {
    /// The table of a domain.
    pub(super) fn of_domain(domain: &str) -> Option<&'static SearchableTable> {
        SEARCHABLE_TABLES
            .iter()
            .find(|searchable| searchable.domain == domain)
    }

    /// The table whose ids are the values of an argument.
    pub(super) fn with_key(argument: &str) -> Option<&'static SearchableTable> {
        SEARCHABLE_TABLES
            .iter()
            .find(|searchable| searchable.key() == argument)
    }

    fn table(&self) -> TableId {
        TableId::find(self.domain, self.table)
            .expect("searchable tables exist in the schema, a test opens each")
    }

    /// The column that holds its ids.
    pub(super) fn key(&self) -> &'static str {
        &self.table().table().columns[0].name
    }

    /// A search of all its rows.
    pub(super) fn search(&self) -> PlannedCall {
        PlannedCall::new(self.search)
    }

    /// Adds the page size to a search.
    pub(super) fn with_page_size(planned: PlannedCall) -> PlannedCall {
        planned.with("page_size", PAGE_SIZE)
    }

    /// The start of a day, in the format that the search accepts.
    pub(super) fn day_start(&self, day: NaiveDate) -> Json {
        json!(if self.time_column.ends_with("start") {
            format!("{day} 00:00:00")
        } else {
            day.to_string()
        })
    }

    /// The end of a day, in the format that the search accepts.
    pub(super) fn day_end(&self, day: NaiveDate) -> Json {
        json!(if self.time_column.ends_with("start") {
            format!("{day} 23:59:59")
        } else {
            day.to_string()
        })
    }

    /// The columns with a closed set of values that the search accepts, and the values.
    pub(super) fn closed_columns(&self) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        static SEARCHES: LazyLock<Vec<&native::NativeTool>> = LazyLock::new(|| {
            let named = |searchable: &SearchableTable| {
                native::catalog()
                    .iter()
                    .find(|tool| tool.name == searchable.search)
            };
            SEARCHABLE_TABLES.iter().filter_map(named).collect()
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
pub(super) struct OfficeView<'a> {
    pub(super) world: &'a World,
}

impl<'a> OfficeView<'a> {
    pub(super) fn today(self) -> NaiveDate {
        self.world.clock().date()
    }

    pub(super) fn directory(self) -> &'a [Colleague] {
        self.world.directory()
    }

    /// The colleague whom a name means: a full name, or a first name that nobody else has.
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

    /// The colleague who has an address.
    pub(super) fn addressee(self, address: &str) -> Option<&'a Colleague> {
        let mut all = self.directory().iter();
        all.find(|colleague| colleague.email.eq_ignore_ascii_case(address))
    }

    /// Every row of a table as it is stored, and the columns.
    pub(super) fn cells(
        self,
        searchable: &SearchableTable,
    ) -> (&'a [Vec<Cell>], &'static [Column]) {
        let table = searchable.table();
        (self.world.rows(table), &table.table().columns)
    }

    /// Every row of a table as tools show it.
    pub(super) fn rows(
        self,
        searchable: &SearchableTable,
    ) -> impl Iterator<Item = Map<String, Json>> + use<'a> {
        let table = searchable.table();
        self.world
            .rows(table)
            .iter()
            .map(move |cells| row_as_shown(table, cells))
    }

    /// A row as tools show it.
    pub(super) fn row(self, searchable: &SearchableTable, id: &str) -> Option<Map<String, Json>> {
        let table = searchable.table();
        let cells = self.world.row(table, id.parse().ok()?)?;
        Some(row_as_shown(table, cells))
    }

    /// A look-up of a row's id by its other columns.
    pub(super) fn row_id(self, searchable: &SearchableTable, id: &str) -> Option<ArgumentValue> {
        let table = searchable.table();
        let cells = self.world.row(table, id.parse().ok()?)?;
        let mut row = row_as_shown(table, cells);
        let same = |other: &&Vec<Cell>| {
            let columns = table.table().columns.iter().zip(other.iter().zip(cells));
            let mut told = columns.filter(|(column, _)| !column.is_id());
            told.all(|(_, (other, mine))| other == mine)
        };
        let twins = self.world.rows(table).iter().filter(same);
        let ordinal = twins.take_while(|other| *other != cells).count();
        let mut look = searchable.search();
        if let Some(name) = row
            .get(searchable.name_column)
            .filter(|name| name.as_str() != Some(""))
        {
            look = look.with(searchable.query_argument, name.clone());
        }
        let dated = searchable.today_bound != TodayBound::End
            && searchable.domain != "customer_relationship_manager";
        if let Some(day) = day_of(row.get(searchable.time_column)).filter(|_| dated) {
            look = look
                .with(searchable.from_argument, searchable.day_start(day))
                .with(searchable.to_argument, searchable.day_end(day));
        }
        row.retain(|name, _| {
            !table
                .table()
                .columns
                .iter()
                .any(|column| column.is_id() && column.name == *name)
        });
        Some(ArgumentValue::Lookup(Box::new(Lookup {
            target: LookupTarget::Row {
                key: searchable.key(),
                shown: row.into_iter().collect(),
                ordinal,
            },
            search: SearchableTable::with_page_size(look),
        })))
    }

    /// A look-up of a colleague's address by the name that the task uses.
    pub(super) fn address(self, colleague: &Colleague, called: &str) -> ArgumentValue {
        ArgumentValue::Lookup(Box::new(Lookup {
            target: LookupTarget::Address {
                name: Some(colleague.name.clone()),
                address: colleague.email.clone(),
            },
            search: look_up(called),
        }))
    }
}

/// The search for a name in the directory.
pub(super) fn look_up(name: &str) -> PlannedCall {
    PlannedCall::new("company_directory_find_email_address").with("name", name)
}

/// A colleague's first name.
pub(super) fn first_name(colleague: &Colleague) -> &str {
    colleague.name.split(' ').next().unwrap_or(&colleague.name)
}

fn row_as_shown(table: TableId, cells: &[Cell]) -> Map<String, Json> {
    let columns = table.table().columns.iter().zip(cells);
    columns
        .map(|(column, cell)| (column.name.clone(), value_to_json(column, cell)))
        .collect()
}

/// The day of a date, or of a date with a time.
pub(super) fn day_of(value: Option<&Json>) -> Option<NaiveDate> {
    value?.as_str()?.get(..10)?.parse().ok()
}
