//! Measures the resident memory of a live session, beyond the shared world. Each case runs in its own process, so that it cannot reuse
//! memory that another case freed.
#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;

use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use breakroom_tools::native::call;
use serde_json::json;

const CASE: &str = "BREAKROOM_MEMORY_CASE";

/// What each session did, the number of live sessions, and the goal in KiB per session.
const CASES: &[(&str, usize, u64)] = &[
    ("opened", 1_000, 128),
    ("read", 1_000, 128),
    ("written", 1_000, 300),
    ("read", 10_000, 128),
    ("written", 10_000, 300),
];

fn main() {
    if let Ok(case) = std::env::var(CASE) {
        let (what, count) = case.split_once(' ').unwrap();
        return println!("{}", measure(what, count.parse().unwrap()));
    }
    if resident().is_none() {
        return println!("memory: skipped, this system has no /proc/self/statm");
    }
    println!("sessions  each has      KiB a session  goal   MiB in all");
    for (what, count, goal) in CASES {
        let mut own = Command::new(std::env::current_exe().unwrap());
        let output = own.env(CASE, format!("{what} {count}")).output().unwrap();
        let kib: u64 = String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let (each, all) = (kib / *count as u64, kib / 1024);
        println!("{count:>8}  {what:<12}  {each:>13}  {goal:>4}  {all:>11}");
    }
}

/// Resident memory in KiB, if the system reports it.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4)
}

/// The memory that this many live sessions add, in KiB.
fn measure(what: &str, count: usize) -> u64 {
    // Allocate what is needed only once: the world, the catalog, and SQLite itself.
    drop(session("written"));
    let before = resident().unwrap();
    let sessions: Vec<Session> = (0..count).map(|_| session(what)).collect();
    let after = resident().unwrap();
    assert_eq!(sessions.len(), count);
    after - before
}

fn session(what: &str) -> Session {
    let mut session = Session::open(&World::office()).unwrap();
    if what == "opened" {
        return session;
    }
    for (tool, arguments) in [
        ("calendar.search_events", json!({ "query": "review" })),
        ("email.search_emails", json!({ "query": "budget review" })),
        ("analytics.total_visits_count", json!({})),
        (
            "project_management.search_tasks",
            json!({ "board": "Design" }),
        ),
        (
            "customer_relationship_manager.search_customers",
            json!({ "status": "Won" }),
        ),
    ] {
        call(&mut session, tool, &arguments).unwrap();
    }
    if what == "written" {
        for (tool, arguments) in [
            (
                "email.send_email",
                json!({ "recipient": "x@else.example", "subject": "Hello", "body": "There" }),
            ),
            ("email.delete_email", json!({ "email_id": "00000250" })),
            ("calendar.delete_event", json!({ "event_id": "00000150" })),
            (
                "calendar.create_event",
                json!({ "event_name": "Tea", "participant_email": "x@else.example", "event_start": "2026-06-12 10:00", "duration": 30 }),
            ),
        ] {
            call(&mut session, tool, &arguments).unwrap();
        }
    }
    session
}
