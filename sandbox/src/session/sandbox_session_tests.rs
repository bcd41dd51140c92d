use std::sync::Arc;

use super::super::write_through::is_write_through;
use super::*;
use crate::export;
use crate::row::row_id;
use crate::schema::tables;
use crate::world::WorldData;

fn world() -> Arc<World> {
    let mut rows: Vec<Vec<Row>> = vec![Vec::new(); tables().len()];
    let event = TableId::find("calendar", "event").unwrap();
    for id in 0..300 {
        let start = format!("2026-06-{:02} 09:00:00", 1 + id % 28);
        rows[event.index()].push(vec![
            i64::into(id),
            format!("Meeting {id}").into(),
            "ana@halden.example".to_owned().into(),
            start.into(),
            30.into(),
        ]);
    }
    World::freeze(WorldData {
        name: "test".to_owned(),
        clock: "2026-06-11T09:00:00".parse().unwrap(),
        owner: "me@halden.example".to_owned(),
        directory: Vec::new(),
        tables: rows,
    })
    .unwrap()
}

fn event() -> TableId {
    TableId::find("calendar", "event").unwrap()
}

fn create(session: &mut Session, name: &str) -> i64 {
    session.begin_call();
    let row = session.write(Database::Calendar, |scope| {
        scope.insert(event(), meeting(name))
    });
    row_id(&row.unwrap())
}

/// The values of a new event, without its id.
fn meeting(name: &str) -> Row {
    vec![
        name.to_owned().into(),
        "ana@halden.example".to_owned().into(),
        "2026-06-12 10:00:00".to_owned().into(),
        30.into(),
    ]
}

fn delete(session: &mut Session, id: i64) {
    session.begin_call();
    session
        .write(Database::Calendar, |scope| {
            scope.execute(
                "DELETE FROM calendar.event WHERE event_id = :id",
                &[(":id", &id)],
            )
        })
        .unwrap();
}

#[test]
fn changes_name_rows_and_the_calls_that_made_them() {
    let mut session = Session::open(&world()).unwrap();
    let created = create(&mut session, "Café");
    delete(&mut session, 7);
    assert_eq!(created, 300);
    let changes = session.changes().unwrap();
    let seen: Vec<_> = changes
        .iter()
        .map(|change| (change.id, change.kind(), change.calls.clone()))
        .collect();
    assert_eq!(seen, [(7, "deleted", vec![2]), (300, "created", vec![1])]);
    assert_eq!(changes[1].to_json()["after"]["event_id"], "00000300");
}

#[test]
fn the_id_of_a_deleted_row_is_not_reused() {
    let mut session = Session::open(&world()).unwrap();
    let first = create(&mut session, "one");
    delete(&mut session, first);
    assert_eq!(create(&mut session, "two"), first + 1);
}

#[test]
fn a_restored_row_is_not_a_change() {
    let mut session = Session::open(&world()).unwrap();
    for name in ["other", "Meeting 3"] {
        session
            .write(Database::Calendar, |scope| {
                let sql = "UPDATE calendar.event SET event_name = :name WHERE event_id = 3";
                scope.execute(sql, &[(":name", &name)])
            })
            .unwrap();
    }
    assert_eq!(session.changes().unwrap(), []);
}

#[test]
fn a_reset_session_is_like_a_new_one() {
    let mut session = Session::open(&world()).unwrap();
    create(&mut session, "one");
    delete(&mut session, 1);
    session.reset().unwrap();
    assert_eq!(session.changes().unwrap(), []);
    assert_eq!(
        session.rows(event()).unwrap(),
        session.world().rows(event())
    );
    assert_eq!(create(&mut session, "again"), 300);
}

#[test]
fn a_fork_starts_equal_and_then_changes_independently() {
    let mut session = Session::open(&world()).unwrap();
    create(&mut session, "one");
    delete(&mut session, 1);
    let mut fork = session.fork().unwrap();
    assert_eq!(fork.changes().unwrap(), session.changes().unwrap());
    assert_eq!(create(&mut fork, "two"), 301);
    delete(&mut session, 2);
    assert_eq!(fork.changes().unwrap().len(), 3);
    assert_eq!(session.changes().unwrap().len(), 3);
    assert_eq!(fork.rows(event()).unwrap().len(), 301);
}

#[test]
fn a_refused_write_leaves_every_byte_as_it_was() {
    let world = world();
    let mut session = Session::open(&world).unwrap();
    let refused: Result<(), Fault> = session.write(Database::Calendar, |scope| {
        scope.execute("DELETE FROM calendar.event", &[])?;
        scope.execute("INSERT INTO calendar.event VALUES (1, '', '', '', 0)", &[])?;
        Ok(())
    });
    assert!(refused.is_err());
    assert_eq!(session.changes().unwrap(), []);
    for (database, bytes) in export::databases(&session).unwrap() {
        assert!(
            bytes == world.image(database),
            "{} differs",
            database.name()
        );
    }
}

#[test]
fn a_reading_scope_cannot_write_and_no_scope_leaves_its_database() {
    let session = Session::open(&world()).unwrap();
    let denied = [
        (Access::Read, "DELETE FROM calendar.event"),
        (Access::Write, "DELETE FROM email.email"),
        (Access::Write, "SELECT * FROM email.email"),
        (Access::Write, "PRAGMA calendar.user_version = 3"),
        (Access::Write, "COMMIT"),
        (Access::Write, "DROP TABLE calendar.event"),
        (Access::Read, "ATTACH ':memory:' AS other"),
    ];
    // Compile one of the texts outside of any scope first: a scope must not get that statement from the cache.
    session
        .raw_connection()
        .unwrap()
        .prepare_cached("SELECT * FROM email.email")
        .unwrap();
    for (access, sql) in denied {
        let result = session.run_in_scope(Database::Calendar, access, |scope| {
            scope.execute(sql, &[]).map(|_| ())
        });
        assert!(result.is_err(), "{sql} was allowed");
    }
    assert_eq!(session.changes().unwrap(), []);
}

#[test]
fn a_commit_does_not_change_the_image() {
    let world = world();
    let mut session = Session::open(&world).unwrap();
    create(&mut session, "one");
    assert!(
        session
            .raw_connection()
            .unwrap()
            .execute_batch("COMMIT")
            .is_err()
    );
    assert_eq!(
        Session::open(&world).unwrap().rows(event()).unwrap().len(),
        300
    );
}

#[test]
fn sessions_on_two_threads_are_isolated() {
    let world = world();
    std::thread::scope(|threads| {
        for thread in 0..2 {
            let world = &world;
            threads.spawn(move || {
                for round in 0..50 {
                    let mut session = Session::open(world).unwrap();
                    create(&mut session, &format!("{thread} {round}"));
                    delete(&mut session, thread);
                    let names: Vec<_> = session
                        .changes()
                        .unwrap()
                        .iter()
                        .map(|change| change.id)
                        .collect();
                    assert_eq!(names, [thread, 300]);
                }
            });
        }
    });
}

#[test]
fn an_export_opens_as_a_database_with_the_sessions_rows() {
    let mut session = Session::open(&world()).unwrap();
    create(&mut session, "one");
    delete(&mut session, 4);
    let (_, bytes) = export::databases(&session).unwrap().swap_remove(0);
    let mut copy = Connection::open_in_memory().unwrap();
    copy.deserialize_read_exact("main", bytes.as_slice(), bytes.len(), true)
        .unwrap();
    let count: i64 = copy
        .query_row(
            "SELECT count(*) FROM event WHERE event_id <> 4",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(count, 300);
    let check: String = copy
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_refused_insertion_does_not_use_an_id() {
    let mut session = Session::open(&world()).unwrap();
    let first = create(&mut session, "one");
    session.begin_call();
    let refused: Result<i64, Fault> = session.write(Database::Calendar, |scope| {
        scope.insert(event(), meeting("two"))?;
        Err(Fault::IdsExhausted {
            table: "none".to_owned(),
        })
    });
    assert!(refused.is_err());
    assert_eq!(create(&mut session, "three"), first + 1);
}

#[test]
fn changes_report_a_written_row_as_its_database_holds_it() {
    let mut session = Session::open(&world()).unwrap();
    let id = create(&mut session, "one");
    let held = |session: &Session| {
        let rows = session.rows(event()).unwrap();
        let row = rows.into_iter().find(|row| row_id(row) == id);
        let changes = session.changes().unwrap();
        assert_eq!(
            changes.first().and_then(|it| it.after.as_deref()),
            row.as_ref()
        );
        row.map(|row| row[1].clone())
    };
    assert_eq!(held(&session), Some("one".to_owned().into()));
    let rename = |scope: &Scope<'_>, name: &str| {
        let update = "UPDATE calendar.event SET event_name = :name WHERE event_id = :id";
        scope.execute(update, &[(":name", &name), (":id", &id)])
    };
    let refused: Result<(), Fault> = session.write(Database::Calendar, |scope| {
        rename(scope, "two")?;
        Err(Fault::IdsExhausted {
            table: "none".to_owned(),
        })
    });
    assert!(refused.is_err());
    assert_eq!(held(&session), Some("one".to_owned().into()));
    session
        .write(Database::Calendar, |scope| rename(scope, "three"))
        .unwrap();
    assert_eq!(held(&session), Some("three".to_owned().into()));
    delete(&mut session, id);
    assert_eq!(held(&session), None);
}

const ENDLESS: &str = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT max(n) FROM number";

#[test]
fn a_call_that_exceeds_its_deadline_changes_nothing() {
    let mut session = Session::open(&world()).unwrap();
    session
        .set_time_limit(Some(Duration::from_millis(5)))
        .unwrap();
    session.begin_call();
    let stopped: Result<(), Fault> = session.write(Database::Calendar, |scope| {
        scope.execute("DELETE FROM calendar.event", &[])?;
        scope.query(ENDLESS, &[], |_| Ok(())).map(|_| ())
    });
    assert!(matches!(stopped, Err(Fault::TooSlow { .. })), "{stopped:?}");
    assert_eq!(session.changes().unwrap(), []);
    delete(&mut session, 7);
    assert_eq!(session.changes().unwrap().len(), 1);
}

#[test]
fn touched_rows_are_listed_by_call() {
    let mut session = Session::open(&world()).unwrap();
    delete(&mut session, 7);
    let created = create(&mut session, "Tea");
    let rows = |call| {
        let touched = session.touched_rows(call).into_iter();
        touched
            .map(|(table, id)| (table.qualified_name.clone(), id))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(1), [("calendar.event".to_owned(), 7)]);
    assert_eq!(rows(2), [("calendar.event".to_owned(), created)]);
    assert_eq!(rows(3), []);
}

#[test]
fn rows_are_written_completely_even_after_the_deadline() {
    let mut session = Session::open(&world()).unwrap();
    let task = TableId::find("project_management", "task").unwrap();
    let values = [
        "Tea",
        "ana@halden.example",
        "Backlog",
        "2026-06-12",
        "Design",
    ];
    let count = |scope: &Scope<'_>| scope.rows(task, "", &[]).map(|rows| rows.len());
    for round in 1..=100 {
        let insert = |scope: &Scope<'_>| {
            for _ in 0..10 {
                let row = values.map(|value| value.to_owned().into());
                scope.insert(task, row.to_vec())?;
            }
            Ok::<_, Fault>(())
        };
        let board = Database::ProjectManagement;
        session.write(board, insert).unwrap();
        session.set_time_limit(Some(Duration::ZERO)).unwrap();
        // The statement may or may not be stopped, depending on the number of its instructions.
        let _: Result<usize, Fault> = session.read(board, count);
        session.set_time_limit(None).unwrap();
        assert_eq!(session.read(board, count).unwrap(), 10 * round);
    }
    session.reset().unwrap();
    assert_eq!(session.read(Database::ProjectManagement, count).unwrap(), 0);
}

#[test]
fn rows_may_swap_unique_values() {
    let mut session = Session::open(&world()).unwrap();
    let plot = TableId::find("analytics", "plot").unwrap();
    let values = |kind: &str| -> Row {
        let day = || "2026-06-01".to_owned().into();
        let what = "total_visits".to_owned().into();
        vec![what, kind.to_owned().into(), day(), day()]
    };
    let write = |session: &mut Session, rows: [Row; 2]| {
        let put = |scope: &Scope<'_>| {
            for (id, row) in (0_i64..).zip(rows) {
                scope.replace(plot, [vec![id.into()], row].concat())?;
            }
            Ok::<_, Fault>(())
        };
        session.write(Database::Analytics, put).unwrap();
    };
    let insert = |scope: &Scope<'_>| {
        scope.insert(plot, values("bar"))?;
        scope.insert(plot, values("line"))
    };
    session.write(Database::Analytics, insert).unwrap();
    assert_eq!(session.rows(plot).unwrap()[0][2], "bar".to_owned().into());
    write(&mut session, [values("line"), values("bar")]);
    assert_eq!(session.rows(plot).unwrap()[0][2], "line".to_owned().into());
}

#[test]
fn a_written_row_waits_in_the_log_unless_the_session_writes_through() {
    let mut session = Session::open(&world()).unwrap();
    let id = create(&mut session, "one");
    let state = session.databases.log.row_state(event(), id);
    match is_write_through() {
        true => assert!(matches!(state, Some(RowState::InDatabase)), "{state:?}"),
        false => assert!(
            matches!(
                state,
                Some(RowState::InLog {
                    is_flushed: false,
                    ..
                })
            ),
            "{state:?}"
        ),
    }
}
