use super::*;
use serde_json::json;

fn office() -> Arc<WorkbenchOffice> {
    let frame = |index: usize, rows: &[&[&str]]| {
        let columns = &tables()[index].columns;
        let names = columns[..columns.len() - 1]
            .iter()
            .map(|column| column.name.clone());
        let rows = rows.iter().map(|row| {
            row.iter()
                .map(|text| FrameCell::from(*text))
                .collect::<Vec<_>>()
        });
        Arc::new(Frame::new(names.collect(), rows.collect::<Vec<_>>()))
    };
    Arc::new(WorkbenchOffice {
        calendar: frame(
            0,
            &[&[
                "00000001",
                "Tea",
                "a@b.example",
                "2023-12-01 09:00:00",
                "30",
            ]],
        ),
        email: frame(
            1,
            &[
                &["00000001", "inbox", "a@b.example", "One", "2023-11-01", "1"],
                &["00000002", "inbox", "a@b.example", "Two", "2023-11-02", "2"],
            ],
        ),
        analytics: Arc::new(Frame::new(Vec::new(), Vec::new())),
        plots: Vec::new(),
        project_management: frame(2, &[]),
        customers: frame(3, &[]),
        directory: Arc::default(),
    })
}

#[test]
fn changes_name_the_row_the_columns_and_the_call() {
    let mut session = WorkbenchSession::open(&office());
    session.call("calendar.search_events", &json!({ "query": "tea" }));
    let update = json!({ "event_id": "00000001", "field": "colour", "new_value": "blue" });
    session
        .call("calendar.update_event", &update)
        .unwrap()
        .unwrap();
    let changes = session.changes();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].id, changes[0].kind()), (1, "updated"));
    assert_eq!(changes[0].columns(), ["other_fields"]);
    assert_eq!(changes[0].calls, [2]);
    session.call("calendar.delete_event", &json!({ "event_id": "00000001" }));
    assert_eq!(session.changes()[0].kind(), "deleted");
    assert_eq!(session.changes()[0].calls, [2, 3]);
    assert!(session.every_call_ran());
    assert!(session.call("calendar.fly", &json!({})).is_none());
    assert!(!session.every_call_ran());
}

#[test]
fn an_overwritten_mail_is_not_the_agents_change() {
    let mut session = WorkbenchSession::open(&office());
    let send = |session: &mut WorkbenchSession, subject: &str| {
        let mail = json!({ "recipient": "a@b.example", "subject": subject, "body": "Hello" });
        session.call("email.send_email", &mail).unwrap().unwrap();
    };
    session.call("email.delete_email", &json!({ "email_id": "00000001" }));
    assert!(!session.has_overwritten_mail());
    send(&mut session, "Three");
    send(&mut session, "Four");
    assert!(session.has_overwritten_mail());
    assert_eq!(session.office().email.rows.len(), 1);
    let told = |changes: Vec<RowChange>| -> Vec<_> {
        let changes = changes.iter();
        changes.map(|change| (change.id, change.kind())).collect()
    };
    assert_eq!(
        told(session.changes()),
        [(1, "deleted"), (3, "created"), (4, "created")]
    );
    assert_eq!(session.changes()[1].calls, [2]);
}
