//! The cost of sessions and calls, next to that of SQLite alone, measured in the same run.
#![allow(clippy::unwrap_used, missing_docs)]

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use breakroom_sandbox::office;
use breakroom_sandbox::schema::Database;
use breakroom_sandbox::session::Session;
use breakroom_sandbox::session_pool::SessionPool;
use breakroom_sandbox::world::World;
use breakroom_tools::native::call;
use divan::Bencher;
use rusqlite::Connection;
use serde_json::{Value as Json, json};

fn main() {
    // Configures SQLite as the program does, before any connection is opened; the limits use the same settings.
    World::office();
    divan::main();
}

/// The limit: one connection with the five images attached and deserialized from copies.
fn attached() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    for database in Database::ALL {
        connection
            .execute_batch(&format!("ATTACH ':memory:' AS {}", database.name()))
            .unwrap();
        let image = World::office().image(database).to_vec();
        connection
            .deserialize_read_exact(database.name(), &image[..], image.len(), false)
            .unwrap();
    }
    connection
}

fn mail() -> Json {
    json!({ "recipient": "x@else.example", "subject": "Hello", "body": "There" })
}

#[divan::bench]
fn open_limit() -> Connection {
    attached()
}

#[divan::bench]
fn open_session() -> Session {
    Session::open(&World::office()).unwrap()
}

#[divan::bench]
fn take_from_warm_pool_and_give_back(bencher: Bencher<'_, '_>) {
    let pool = SessionPool::new(&World::office());
    pool.prefill(4).unwrap();
    bencher.bench_local(|| drop(pool.take().unwrap()));
}

const INSERT: &str = "INSERT INTO email.email VALUES (?1, 'outbox', 'me@halden.example', 'x@else.example', 'Hello', '2026-06-11 09:00:00', 'There', NULL)";

#[divan::bench]
fn write_limit(bencher: Bencher<'_, '_>) {
    let connection = attached();
    connection.execute_batch("BEGIN").unwrap();
    let mut id = 1_000;
    bencher.bench_local(|| {
        id += 1;
        connection
            .prepare_cached("SAVEPOINT call")
            .unwrap()
            .execute([])
            .unwrap();
        connection
            .prepare_cached(INSERT)
            .unwrap()
            .execute([id])
            .unwrap();
        connection
            .prepare_cached("RELEASE call")
            .unwrap()
            .execute([])
            .unwrap();
    });
}

#[divan::bench]
fn write_call(bencher: Bencher<'_, '_>) {
    let mut session = Session::open(&World::office()).unwrap();
    let text = mail().to_string();
    bencher.bench_local(|| {
        let arguments: Json = serde_json::from_str(&text).unwrap();
        call(&mut session, "email.send_email", &arguments).unwrap()
    });
}

/// The same, followed by a statement, which forces the row to be written to the database.
#[divan::bench]
fn write_call_then_asked_for(bencher: Bencher<'_, '_>) {
    let mut session = Session::open(&World::office()).unwrap();
    let text = mail().to_string();
    bencher.bench_local(|| {
        let arguments: Json = serde_json::from_str(&text).unwrap();
        call(&mut session, "email.send_email", &arguments).unwrap();
        session.raw_connection().unwrap();
    });
}

/// Five writes in two databases, as a session makes them.
fn write_five(session: &mut Session) {
    for _ in 0..3 {
        call(session, "email.send_email", &mail()).unwrap();
    }
    for id in ["00000007", "00000150"] {
        let event = json!({ "event_id": id });
        call(session, "calendar.delete_event", &event).unwrap();
    }
}

#[divan::bench(sample_size = 1)]
fn reset_after_five_writes(bencher: Bencher<'_, '_>) {
    let session = RefCell::new(Session::open(&World::office()).unwrap());
    bencher
        .with_inputs(|| write_five(&mut session.borrow_mut()))
        .bench_local_values(|()| session.borrow_mut().reset().unwrap());
}

/// The same after a statement, so that the rows are in the databases.
#[divan::bench(sample_size = 1)]
fn reset_after_five_writes_asked_for(bencher: Bencher<'_, '_>) {
    let session = RefCell::new(Session::open(&World::office()).unwrap());
    bencher
        .with_inputs(|| {
            write_five(&mut session.borrow_mut());
            session.borrow().raw_connection().unwrap();
        })
        .bench_local_values(|()| session.borrow_mut().reset().unwrap());
}

/// The limit: rolling back a savepoint with the same writes.
#[divan::bench(sample_size = 1)]
fn reset_limit(bencher: Bencher<'_, '_>) {
    let connection = attached();
    let run = |sql: &str| connection.prepare_cached(sql).unwrap().execute([]).unwrap();
    run("BEGIN");
    run("SAVEPOINT all_calls");
    bencher
        .with_inputs(|| {
            for id in 1_001..=1_003 {
                let mut insert = connection.prepare_cached(INSERT).unwrap();
                insert.execute([id]).unwrap();
            }
            for id in [7, 150] {
                let delete = "DELETE FROM calendar.event WHERE event_id = ?1";
                let mut delete = connection.prepare_cached(delete).unwrap();
                delete.execute([id]).unwrap();
            }
        })
        .bench_local_values(|()| run("ROLLBACK TO all_calls"));
}

/// A world of the given scale. The built-in office has scale 1; scale 100 has 50,000 mails.
fn world(scale: usize) -> Arc<World> {
    static LARGE: LazyLock<Arc<World>> =
        LazyLock::new(|| World::freeze(office::generate("large", 1, 100)).unwrap());
    match scale {
        1 => World::office(),
        _ => Arc::clone(&LARGE),
    }
}

#[divan::bench(args = [1, 100])]
fn changes_of_ten_writes(bencher: Bencher<'_, '_>, scale: usize) {
    let mut session = Session::open(&world(scale)).unwrap();
    for _ in 0..10 {
        call(&mut session, "email.send_email", &mail()).unwrap();
    }
    bencher.bench_local(|| session.changes().unwrap());
}

#[divan::bench]
fn search_call(bencher: Bencher<'_, '_>) {
    let mut session = Session::open(&World::office()).unwrap();
    let arguments = json!({ "query": "budget review" });
    bencher.bench_local(|| call(&mut session, "email.search_emails", &arguments).unwrap());
}

#[divan::bench]
fn search_limit(bencher: Bencher<'_, '_>) {
    let connection = attached();
    let select = "SELECT * FROM email.email WHERE (subject || body || sender || recipient) LIKE ?1 AND (subject || body || sender || recipient) LIKE ?2
        ORDER BY sent_datetime DESC LIMIT 20";
    bencher.bench_local(|| {
        let mut statement = connection.prepare_cached(select).unwrap();
        let rows = statement
            .query_map(["%budget%", "%review%"], |row| row.get::<_, String>(6))
            .unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    });
}
