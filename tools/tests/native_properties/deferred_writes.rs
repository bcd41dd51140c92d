//! Rows that tools write are only flushed to the databases before a statement runs. Any mixture of both must give consistent results.

use breakroom_sandbox::schema::{Database, TableId};
use breakroom_sandbox::session::{Scope, Session};
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, Value};
use proptest::prelude::*;

use super::full_scan::{differing_rows, logged_rows};

/// A write to events, through the session's log or by SQL.
#[derive(Clone, Debug)]
enum EventWrite {
    Insert,
    Replace(i64),
    Delete(i64),
    UpdateBySql(i64),
    DeleteBySql(i64),
    Count,
}

fn any_write() -> impl Strategy<Value = EventWrite> {
    // The world's last rows, and the first ones that a session creates.
    let id = 295..304_i64;
    prop_oneof![
        Just(EventWrite::Insert),
        id.clone().prop_map(EventWrite::Replace),
        id.clone().prop_map(EventWrite::Delete),
        id.clone().prop_map(EventWrite::UpdateBySql),
        id.prop_map(EventWrite::DeleteBySql),
        Just(EventWrite::Count),
    ]
}

/// Performs a write. `number` is part of the written values.
fn perform(scope: &Scope<'_>, step: &EventWrite, number: usize) -> Result<(), Fault> {
    let event = TableId::find("calendar", "event").unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    let values = || {
        let (name, start) = (format!("Step {number}"), text("2026-06-12 10:00:00"));
        let mail = text("ana@halden.example");
        vec![text(&name), mail, start, Value::Integer(30)]
    };
    let is_there = |id: &i64| Ok::<_, Fault>(scope.row(event, *id)?.is_some());
    match step {
        EventWrite::Insert => drop(scope.insert(event, values())?),
        EventWrite::Replace(id) if is_there(id)? => {
            let row = [vec![Value::Integer(*id)], values()].concat();
            scope.replace(event, row)?;
        }
        EventWrite::Delete(id) if is_there(id)? => scope.delete(event, *id)?,
        EventWrite::UpdateBySql(id) => {
            let sql = "UPDATE calendar.event SET duration = :number WHERE event_id = :id";
            let number = i64::try_from(number + 1).unwrap();
            scope.execute(sql, &[(":number", &number), (":id", id)])?;
        }
        EventWrite::DeleteBySql(id) => {
            let sql = "DELETE FROM calendar.event WHERE event_id = :id";
            scope.execute(sql, &[(":id", id)])?;
        }
        EventWrite::Count => drop(scope.rows(event, "", &[])?),
        EventWrite::Replace(_) | EventWrite::Delete(_) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn rows_that_are_written_late_are_those_that_a_statement_sees(
        calls in prop::collection::vec((prop::collection::vec(any_write(), 1..5), any::<bool>(), prop::bool::weighted(0.2)), 1..12),
    ) {
        let world = World::office();
        let mut session = Session::open(&world).unwrap();
        for (number, (steps, refused, asked)) in calls.iter().enumerate() {
            session.begin_call();
            let before = logged_rows(&session);
            let result = session.write(Database::Calendar, |scope| {
                for step in steps {
                    perform(scope, step, number)?;
                }
                match refused {
                    true => Err(Fault::IdsExhausted { table: "none".to_owned() }),
                    false => Ok(()),
                }
            });
            prop_assert_eq!(result.is_err(), *refused, "{:?}", result);
            if *refused {
                prop_assert_eq!(logged_rows(&session), before);
            }
            if *asked {
                prop_assert_eq!(logged_rows(&session), differing_rows(&world, &mut session));
            }
        }
        let after = logged_rows(&session);
        prop_assert_eq!(logged_rows(&session.fork().unwrap()), after.clone());
        prop_assert_eq!(after, differing_rows(&world, &mut session));
        session.reset().unwrap();
        prop_assert!(differing_rows(&world, &mut session).is_empty());
    }
}
