//! What holds for any sequence of calls of the native dialect.
#![allow(clippy::unwrap_used)]

use breakroom_sandbox::Fault;
use breakroom_sandbox::Value;
use breakroom_sandbox::changes::Change;
use breakroom_sandbox::export::databases;
use breakroom_sandbox::schema::{Database, Storage, Table, TableId};
use breakroom_sandbox::session::{Scope, Session};
use breakroom_sandbox::world::World;
use breakroom_tools::native::{Failure, call, catalog};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A value that some tool may take, or none does.
fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        (295..305_i64).prop_map(|id| json!(format!("{id:08}"))),
        (1..4_i64).prop_map(|id| json!(format!("{id:08}"))),
        (-1..3_i64).prop_map(|number| json!(number)),
        prop::sample::select(vec![
            "2026-06-12",
            "2026-06-12T09:00",
            "2026-13-01",
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

/// A tool with a value for each of its fields, some left out and sometimes one too many.
fn one_call() -> impl Strategy<Value = (String, Json)> {
    (
        0..catalog().len(),
        prop::collection::vec((value(), 0..10_u8), 12),
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

/// Every row of a session, table by table, read without the log.
fn scan(session: &mut Session) -> Vec<Vec<Vec<Value>>> {
    let mut tables = Vec::new();
    for database in Database::ALL {
        for id in TableId::all().filter(|id| id.table().database == database) {
            let columns = id.table().columns.len();
            let select = format!("SELECT * FROM {} ORDER BY 1", id.table().qualified_name);
            let read = |scope: &Scope<'_>| {
                scope.query(&select, &[], |row| {
                    (0..columns).map(|column| row.get(column)).collect()
                })
            };
            tables.push(session.read::<_, Fault>(database, read).unwrap());
        }
    }
    tables
}

/// A row's table, and the row before and after.
type Difference = (&'static Table, Option<Vec<Value>>, Option<Vec<Value>>);

/// The rows that differ between the world and a full scan.
fn difference(world: &World, session: &mut Session) -> Vec<Difference> {
    let mut differing = Vec::new();
    for (id, rows) in TableId::all().zip(scan(session)) {
        let known = world.rows(id);
        let find =
            |rows: &[Vec<Value>], key: &Value| rows.iter().find(|row| row[0] == *key).cloned();
        let mut keys: Vec<i64> = known
            .iter()
            .chain(&rows)
            .map(|row| {
                if let Value::Integer(key) = row[0] {
                    key
                } else {
                    -1
                }
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (before, after) = (
                find(known, &Value::Integer(key)),
                find(&rows, &Value::Integer(key)),
            );
            if before != after {
                differing.push((id.table(), before, after));
            }
        }
    }
    differing
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_log_names_the_rows_that_a_full_scan_finds(calls in prop::collection::vec(one_call(), 1..25)) {
        let world = World::office();
        let mut session = Session::open(&world).unwrap();
        for (tool, arguments) in &calls {
            let result = call(&mut session, tool, arguments);
            prop_assert!(!matches!(result, Err(Failure::Fault(_))), "{tool} {arguments}: {result:?}");
        }
        let logged: Vec<_> = session.changes().unwrap().into_iter().map(|Change { table, before, after, .. }| (table, before, after)).collect();
        prop_assert_eq!(logged, difference(&world, &mut session));
        session.reset().unwrap();
        prop_assert!(difference(&world, &mut session).is_empty());
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

/// Words that are in the office, or are not, or only when letters of any alphabet are folded.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A search leaves out unread what `may_hold` says no to: nothing of that may hold the words, whatever was written before.
    #[test]
    fn a_row_that_is_passed_over_holds_no_word(calls in prop::collection::vec(one_call(), 0..12), words in words()) {
        let mut session = Session::open(&World::office()).unwrap();
        for (tool, arguments) in &calls {
            let _ = call(&mut session, tool, arguments);
        }
        for session in [&mut session.fork().unwrap(), &mut session] {
            for id in TableId::all() {
                let (name, key) = (&id.table().qualified_name, &id.table().columns[0].name);
                let Some(holds) = holds_words(id) else { continue };
                let may = format!("may_hold({}, :words, {key})", id.index());
                let missed = count(session, id, &format!("{holds} AND NOT {may}"), &words);
                prop_assert_eq!(missed, 0, "{}", name);
            }
        }
    }
}

/// The condition that any text of a row holds the words; none for tables without text.
fn holds_words(id: TableId) -> Option<String> {
    let columns = id.table().columns.iter().skip(1);
    let texts = columns.filter(|column| column.storage == Storage::Text);
    let texts: Vec<&str> = texts.map(|column| column.name.as_str()).collect();
    (!texts.is_empty()).then(|| format!("holds_words(:words, {})", texts.join(", ")))
}

fn count(session: &mut Session, id: TableId, condition: &str, words: &str) -> i64 {
    let select = format!(
        "SELECT count(*) FROM {} WHERE {condition}",
        id.table().qualified_name
    );
    let counted = session.read(id.table().database, |scope| -> Result<_, Fault> {
        scope.first(&select, &[(":words", &words)], |row| row.get(0))
    });
    counted.unwrap().unwrap()
}

#[test]
fn most_rows_are_passed_over_unread() {
    let mut session = Session::open(&World::office()).unwrap();
    let mails = TableId::find("email", "email").unwrap();
    let may = format!("may_hold({}, :words, email_id)", mails.index());
    let held = count(
        &mut session,
        mails,
        &holds_words(mails).unwrap(),
        "budget review",
    );
    assert!(held > 0);
    assert_eq!(count(&mut session, mails, &may, "budget review"), held);
    assert_eq!(count(&mut session, mails, &may, "no such words"), 0);
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
