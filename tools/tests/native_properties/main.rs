//! Properties of any sequence of calls of native tools.
#![allow(clippy::unwrap_used)]

use breakroom_sandbox::export::databases;
use breakroom_sandbox::schema::{ColumnType, Database, TableId};
use breakroom_sandbox::session::{Condition, Operator, Scope, Search, Session, SortBy};
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, ToSql, Value};
use breakroom_tools::native::{CallError, call, catalog};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

mod deferred_writes;
mod full_scan;

use full_scan::{differing_rows, logged_rows};

/// A value that tools may accept or refuse.
fn argument_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        (295..305_i64).prop_map(|id| json!(format!("{id:08}"))),
        (1..4_i64).prop_map(|id| json!(format!("{id:08}"))),
        (-1..3_i64).prop_map(|number| json!(number)),
        prop::sample::select(vec![
            "2026-06-12",
            "2026-06-12T09:00",
            "2026-13-01",
            "+12026-06-12 09:00",
            "2026-06-12 23:59:60",
            "a@halden.example",
            "nobody",
            "Backlog",
            "Design",
            "Won",
            "Software",
            "bar",
            "total_visits",
            "direct",
            "status",
            "event_name",
            "task_name",
            "notes",
            "duration",
            "30",
            "",
            "Re:",
            "olwen",
        ])
        .prop_map(|text| json!(text)),
        any::<String>().prop_map(|text| json!(text)),
        Just(Json::Null),
    ]
}

/// A tool with values for its fields. Some fields may be missing, and occasionally there is one too many.
fn one_call() -> impl Strategy<Value = (String, Json)> {
    (
        0..catalog().len(),
        prop::collection::vec((argument_value(), 0..10_u8), 12),
        0..20_u8,
    )
        .prop_map(|(index, values, extra)| {
            let tool = &catalog()[index];
            let mut arguments = Map::new();
            for ((name, field), (value, keep)) in tool.schema["properties"]
                .as_object()
                .unwrap()
                .iter()
                .zip(values)
            {
                let values = field["enum"].as_array();
                if let Some(known) = values.filter(|_| keep > 4) {
                    arguments.insert(name.clone(), known[usize::from(keep) % known.len()].clone());
                } else if keep > 0 {
                    arguments.insert(name.clone(), value);
                }
            }
            if extra == 0 {
                arguments.insert("colour".to_owned(), json!("blue"));
            }
            (tool.name.clone(), Json::Object(arguments))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_log_names_the_rows_that_a_full_scan_finds(calls in prop::collection::vec((one_call(), prop::bool::weighted(0.1)), 1..25)) {
        let world = World::office();
        let mut session = Session::open(&world).unwrap();
        for ((tool, arguments), asked) in &calls {
            let result = call(&mut session, tool, arguments);
            prop_assert!(!matches!(result, Err(CallError::Fault(_))), "{tool} {arguments}: {result:?}");
            if *asked {
                prop_assert_eq!(logged_rows(&session), differing_rows(&world, &mut session));
            }
        }
        prop_assert_eq!(logged_rows(&session), differing_rows(&world, &mut session));
        session.reset().unwrap();
        prop_assert!(differing_rows(&world, &mut session).is_empty());
    }

    #[test]
    fn a_refused_call_leaves_the_databases_identical(before in prop::collection::vec(one_call(), 0..6), last in one_call()) {
        let mut session = Session::open(&World::office()).unwrap();
        for (tool, arguments) in &before {
            let _ = call(&mut session, tool, arguments);
        }
        let images = databases(&session).unwrap();
        if call(&mut session, &last.0, &last.1).is_err() {
            prop_assert_eq!(databases(&session).unwrap(), images);
        }
    }
}

/// Words that occur in the office, do not occur, or occur only after Unicode case folding.
fn words() -> impl Strategy<Value = String> {
    let office = World::office();
    let mut known: Vec<String> = Vec::new();
    for table in TableId::all() {
        for row in office.rows(table).iter().step_by(7) {
            for value in row {
                if let Value::Text(text) = value {
                    known.extend(text.split_whitespace().take(6).map(str::to_owned));
                }
            }
        }
    }
    let word = prop_oneof![
        6 => prop::sample::select(known),
        1 => prop::sample::select(vec!["Re:", "2026-06-12", "a", "ÅNGSTRÖM", "nobody", "\u{212a}"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(word, 1..3).prop_map(|words| words.join(" ").to_lowercase())
}

/// A search of any table: its words, its conditions (column, test, and the row to take the value from), and its order.
#[derive(Clone, Debug)]
struct RandomSearch {
    words: Option<String>,
    conditions: Vec<(prop::sample::Index, Operator, prop::sample::Index)>,
    order: prop::sample::Index,
    descending: bool,
}

fn random_search() -> impl Strategy<Value = RandomSearch> {
    let index = any::<prop::sample::Index>;
    let operator = prop::sample::select(vec![Operator::Equal, Operator::AtLeast, Operator::AtMost]);
    let conditions = prop::collection::vec((index(), operator, index()), 0..3);
    (
        prop::option::of(words()),
        conditions,
        index(),
        any::<bool>(),
    )
        .prop_map(|(words, conditions, order, descending)| RandomSearch {
            words,
            conditions,
            order,
            descending,
        })
}

impl RandomSearch {
    /// What the search finds, and what SQLite and a scan of every text find.
    fn found_and_expected(&self, session: &mut Session, id: TableId) -> [Vec<Vec<Value>>; 2] {
        let (world, table) = (World::office(), id.table());
        let rows = world.rows(id);
        let column = |index: &prop::sample::Index| index.index(table.columns.len());
        let name = |column: usize| table.columns[column].name.as_str();
        let conditions = self.conditions.iter().filter(|_| !rows.is_empty());
        let conditions: Vec<(usize, Operator, Value)> = conditions
            .map(|(at, operator, row)| {
                let at = column(at);
                let mut value = row.get(rows)[at].clone();
                if let Value::Text(text) = &mut value {
                    text.make_ascii_uppercase();
                }
                (at, *operator, value)
            })
            .collect();
        let texts = table.columns.iter().enumerate();
        let texts: Vec<usize> = texts
            .filter(|(_, column)| column.column_type == ColumnType::Text)
            .map(|(index, _)| index)
            .collect();
        let words = self.words.clone().unwrap_or_default();
        let words = if texts.is_empty() { "" } else { &words };
        let order = column(&self.order);
        let search = |scope: &Scope<'_>| -> Result<Vec<Vec<Value>>, Fault> {
            let conditions = conditions
                .iter()
                .map(|(column, operator, value)| Condition {
                    column: name(*column),
                    operator: *operator,
                    value,
                });
            let found = scope.search(&Search {
                table: id,
                words,
                words_in: &texts.iter().map(|column| name(*column)).collect::<Vec<_>>(),
                conditions: &conditions.collect::<Vec<_>>(),
                sort_by: SortBy {
                    column: name(order),
                    descending: self.descending,
                },
            })?;
            Ok(found.page(0, usize::MAX).map(|row| row.to_vec()).collect())
        };
        let found = session.read(table.database, search).unwrap();

        let names: Vec<String> = (0..conditions.len()).map(|at| format!(":v{at}")).collect();
        let clauses = conditions.iter().zip(&names);
        let clauses = clauses.map(|((column, operator, _), value)| {
            let comparison = match operator {
                Operator::Equal => format!("= {value} COLLATE NOCASE"),
                Operator::AtLeast => format!(">= {value}"),
                Operator::AtMost => format!("<= {value}"),
            };
            format!("{} {comparison}", name(*column))
        });
        let clauses: Vec<String> = clauses.collect();
        let sql = format!(
            "WHERE {} ORDER BY {} {}, {}",
            if clauses.is_empty() {
                "TRUE".to_owned()
            } else {
                clauses.join(" AND ")
            },
            name(order),
            if self.descending { "DESC" } else { "ASC" },
            name(0)
        );
        let values = names.iter().zip(&conditions);
        let values: Vec<(&str, &dyn ToSql)> = values
            .map(|(name, (_, _, value))| (name.as_str(), value as &dyn ToSql))
            .collect();
        let read = |scope: &Scope<'_>| scope.rows(id, &sql, &values);
        let mut expected = session.read::<_, Fault>(table.database, read).unwrap();
        expected.retain(|row| {
            let holds = |word: &str| {
                texts.iter().any(|column| match &row[*column] {
                    Value::Text(text) => text.to_lowercase().contains(word),
                    _ => false,
                })
            };
            words.to_lowercase().split_whitespace().all(holds)
        });
        [found, expected]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A search reads only few rows from the databases, but must find everything in them, whatever was written before.
    #[test]
    fn a_search_finds_what_the_databases_hold(calls in prop::collection::vec(one_call(), 0..12), search in random_search()) {
        let mut session = Session::open(&World::office()).unwrap();
        for (tool, arguments) in &calls {
            let _ = call(&mut session, tool, arguments);
        }
        for session in [&mut session.fork().unwrap(), &mut session] {
            for id in TableId::all() {
                let [found, expected] = search.found_and_expected(session, id);
                prop_assert_eq!(found, expected, "{}", id.table().qualified_name);
            }
        }
    }
}

#[test]
fn a_search_stays_in_its_database() {
    let mut session = Session::open(&World::office()).unwrap();
    let search = |scope: &Scope<'_>| -> Result<usize, Fault> {
        let found = scope.search(&Search {
            table: TableId::find("email", "email").unwrap(),
            words: "budget",
            words_in: &["subject", "body"],
            conditions: &[],
            sort_by: SortBy {
                column: "sent_datetime",
                descending: true,
            },
        })?;
        Ok(found.len())
    };
    assert!(session.read(Database::Email, search).unwrap() > 0);
    assert!(session.read(Database::Calendar, search).is_err());
}

#[test]
fn two_sessions_on_two_threads_stay_apart() {
    let work = |name: &'static str| {
        move || {
            let mut session = Session::open(&World::office()).unwrap();
            for _ in 0..200 {
                let mail = json!({ "recipient": "x@else.example", "subject": name, "body": name });
                call(&mut session, "email.send_email", &mail).unwrap();
            }
            let found = call(
                &mut session,
                "email.search_emails",
                &json!({ "recipient": "x@else.example", "page_size": 100 }),
            )
            .unwrap();
            let found = breakroom_tools::session::from_raw_json(&found);
            assert_eq!(found["total"], 200);
            assert!(
                found["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|mail| mail["subject"] == name)
            );
        }
    };
    let other = std::thread::spawn(work("one"));
    work("two")();
    other.join().unwrap();
}
