//! Properties of comparisons: a set of changes equals itself regardless of the order of creation, and differs from any set with one change more or less.

use std::sync::Arc;

use breakroom_sandbox::schema::tables;
use proptest::prelude::*;

use super::*;

/// A row that was created: a mail that may answer one before it, or an event.
#[derive(Clone, Debug)]
struct CreatedRow {
    answers: Option<prop::sample::Index>,
    is_event: bool,
    words: u8,
    /// Decides the order of creation.
    turn: u16,
}

/// A row of the world that was changed or deleted.
#[derive(Clone, Debug)]
struct KnownRow {
    id: i64,
    words: Option<u8>,
}

fn table(name: &str) -> &'static Table {
    let found = tables().iter().find(|table| table.qualified_name == name);
    found.expect("the schema has that table")
}

/// There are few words, so that equal rows are common.
fn text(words: u8) -> Value {
    Value::Text(["Tea", "tea", "Cake", "Kuchen"][usize::from(words) % 4].to_owned())
}

/// A row with the given id, words everywhere, and a reference where the table has one.
fn row(table: &Table, id: i64, words: u8, answers: Option<i64>) -> Vec<Value> {
    let value = |column: &breakroom_sandbox::schema::Column| match column.policy {
        ComparisonPolicy::Generated => Value::Integer(id),
        ComparisonPolicy::Reference => answers.map_or(Value::Null, Value::Integer),
        // These are compared with case.
        ComparisonPolicy::Exact => Value::Integer(i64::from(words % 4 / 2)),
        ComparisonPolicy::Folded => text(words),
    };
    table.columns.iter().map(value).collect()
}

fn change(
    table: &'static Table,
    id: i64,
    before: Option<Vec<Value>>,
    after: Option<Vec<Value>>,
) -> RowChange {
    let calls = Vec::new();
    RowChange {
        table,
        id,
        before: before.map(Arc::new),
        after: after.map(Arc::new),
        calls,
    }
}

/// The changes if rows are created in the order of `turns`, but a mail only after the one it replies to.
fn changes(created: &[CreatedRow], known: &[KnownRow], turns: &[u16]) -> Vec<RowChange> {
    let mut ids: BTreeMap<usize, i64> = BTreeMap::new();
    let mut all: Vec<RowChange> = Vec::new();
    while ids.len() < created.len() {
        let ready = (0..created.len()).filter(|place| {
            !ids.contains_key(place)
                && answered(created, *place).is_none_or(|other| ids.contains_key(&other))
        });
        let next = ready.min_by_key(|place| (turns[*place], *place));
        let place = next.expect("what is answered comes before, so something is ready");
        // Leave gaps between ids, as deletions do.
        let id = 1_000 + 2 * ids.len() as i64;
        let made = &created[place];
        let table = table(if made.is_event {
            "calendar.event"
        } else {
            "email.email"
        });
        let answers = answered(created, place).map(|other| ids[&other]);
        all.push(change(
            table,
            id,
            None,
            Some(row(table, id, made.words, answers)),
        ));
        ids.insert(place, id);
    }
    let event = table("calendar.event");
    for KnownRow { id, words } in known {
        let before = row(event, *id, 0, None);
        let after = words.map(|words| row(event, *id, words | 2, None));
        all.push(change(event, *id, Some(before), after));
    }
    all.sort_by_key(|change| (change.table.qualified_name.clone(), change.id));
    all
}

/// The earlier mail that a mail replies to.
fn answered(created: &[CreatedRow], place: usize) -> Option<usize> {
    let made = &created[place];
    let mails: Vec<usize> = (0..place)
        .filter(|other| !created[*other].is_event)
        .collect();
    let answers = made
        .answers
        .filter(|_| !made.is_event && !mails.is_empty())?;
    Some(*answers.get(&mails))
}

fn any_created() -> impl Strategy<Value = Vec<CreatedRow>> {
    let one = (
        any::<Option<prop::sample::Index>>(),
        any::<bool>(),
        0..4_u8,
        any::<u16>(),
    );
    let one = one.prop_map(|(answers, is_event, words, turn)| CreatedRow {
        answers,
        is_event,
        words,
        turn,
    });
    prop::collection::vec(one, 0..8)
}

fn any_known() -> impl Strategy<Value = Vec<KnownRow>> {
    let known = prop::collection::btree_map(1..20_i64, any::<Option<u8>>(), 0..5);
    known.prop_map(|known| {
        known
            .into_iter()
            .map(|(id, words)| KnownRow { id, words })
            .collect()
    })
}

fn is_right(expected: &[RowChange], found: &[RowChange]) -> bool {
    compare_changes(expected, found, &[], "halden.example")
        .rows
        .is_empty()
}

proptest! {
    #[test]
    fn changes_are_themselves_whatever_the_order_in_which_rows_were_created(created in any_created(), known in any_known()) {
        let in_order: Vec<u16> = vec![0; created.len()];
        let by_turns: Vec<u16> = created.iter().map(|made| made.turn).collect();
        let expected = changes(&created, &known, &in_order);
        let found = changes(&created, &known, &by_turns);
        let comparison = compare_changes(&expected, &found, &[], "halden.example");
        prop_assert!(comparison.rows.is_empty(), "{:?}", comparison.rows);
        prop_assert_eq!(comparison.matched, expected.len());
        prop_assert!(is_right(&found, &expected));
    }

    #[test]
    fn one_change_more_or_less_is_not_right(
        created in any_created(),
        known in any_known(),
        which in any::<prop::sample::Index>(),
    ) {
        let by_turns: Vec<u16> = created.iter().map(|made| made.turn).collect();
        let expected = changes(&created, &known, &vec![0; created.len()]);
        let all = changes(&created, &known, &by_turns);
        prop_assume!(!all.is_empty());
        let mut without = all.clone();
        let left_out = without.remove(which.index(all.len()));
        prop_assert!(!is_right(&expected, &without), "without {left_out:?}");
        prop_assert!(!is_right(&without, &all), "with {left_out:?}");
    }

    #[test]
    fn one_value_that_counts_is_not_right(
        created in any_created(),
        known in any_known(),
        which in any::<prop::sample::Index>(),
        column in any::<prop::sample::Index>(),
    ) {
        let expected = changes(&created, &known, &vec![0; created.len()]);
        prop_assume!(!expected.is_empty());
        let mut found = expected.clone();
        let changed = &mut found[which.index(expected.len())];
        let compared: Vec<usize> = (0..changed.table.columns.len())
            .filter(|place| matches!(changed.table.columns[*place].policy, ComparisonPolicy::Exact | ComparisonPolicy::Folded))
            .collect();
        let place = *column.get(&compared);
        let Some(row) = &mut changed.after else { return Ok(()) };
        Arc::make_mut(row)[place] = Value::Text("otherwise".to_owned());
        prop_assert!(!is_right(&expected, &found), "{:?}", found);
    }
}
