//! Rows that tools write reach the databases once a statement is run: whatever is mixed, both say the same.

use breakroom_sandbox::schema::{Database, TableId};
use breakroom_sandbox::session::{Scope, Session};
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, Value};
use proptest::prelude::*;

use super::scan::{difference, logged};

/// What a call may do to events: as tools write, or by SQL.
#[derive(Clone, Debug)]
enum Step {
    Insert,
    Replace(i64),
    Delete(i64),
    UpdateBySql(i64),
    DeleteBySql(i64),
    Count,
}

fn any_step() -> impl Strategy<Value = Step> {
    // The last of the world's rows, and the first that a session creates.
    let id = 295..304_i64;
    prop_oneof![
        Just(Step::Insert),
        id.clone().prop_map(Step::Replace),
        id.clone().prop_map(Step::Delete),
        id.clone().prop_map(Step::UpdateBySql),
        id.prop_map(Step::DeleteBySql),
        Just(Step::Count),
    ]
}

/// Takes a step; `number` is written into the rows.
fn take(scope: &Scope<'_>, step: &Step, number: usize) -> Result<(), Fault> {
    let event = TableId::find("calendar", "event").unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    let values = || {
        let (name, start) = (format!("Step {number}"), text("2026-06-12 10:00:00"));
        let mail = text("ana@halden.example");
        vec![text(&name), mail, start, Value::Integer(30)]
    };
    let is_there = |id: &i64| Ok::<_, Fault>(scope.row(event, *id)?.is_some());
    match step {
        Step::Insert => drop(scope.insert(event, values())?),
        Step::Replace(id) if is_there(id)? => {
            let row = [vec![Value::Integer(*id)], values()].concat();
            scope.replace(event, row)?;
        }
        Step::Delete(id) if is_there(id)? => scope.delete(event, *id)?,
        Step::UpdateBySql(id) => {
            let sql = "UPDATE calendar.event SET duration = :number WHERE event_id = :id";
            let number = i64::try_from(number + 1).unwrap();
            scope.execute(sql, &[(":number", &number), (":id", id)])?;
        }
        Step::DeleteBySql(id) => {
            let sql = "DELETE FROM calendar.event WHERE event_id = :id";
            scope.execute(sql, &[(":id", id)])?;
        }
        Step::Count => drop(scope.rows(event, "", &[])?),
        Step::Replace(_) | Step::Delete(_) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn rows_that_are_written_late_are_those_that_a_statement_sees(
        calls in prop::collection::vec((prop::collection::vec(any_step(), 1..5), any::<bool>(), prop::bool::weighted(0.2)), 1..12),
    ) {
        let world = World::office();
        let mut session = Session::open(&world).unwrap();
        for (number, (steps, refused, asked)) in calls.iter().enumerate() {
            session.begin_call();
            let before = logged(&session);
            let result = session.write(Database::Calendar, |scope| {
                for step in steps {
                    take(scope, step, number)?;
                }
                match refused {
                    true => Err(Fault::IdsExhausted { table: "none".to_owned() }),
                    false => Ok(()),
                }
            });
            prop_assert_eq!(result.is_err(), *refused, "{:?}", result);
            if *refused {
                prop_assert_eq!(logged(&session), before);
            }
            if *asked {
                prop_assert_eq!(logged(&session), difference(&world, &mut session));
            }
        }
        let after = logged(&session);
        prop_assert_eq!(logged(&session.fork().unwrap()), after.clone());
        prop_assert_eq!(after, difference(&world, &mut session));
        session.reset().unwrap();
        prop_assert!(difference(&world, &mut session).is_empty());
    }
}
