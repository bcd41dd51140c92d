//! The tools of each database: success, refusals, and the state afterwards.

use serde_json::{Value as Json, json};

use super::TestSession;

#[test]
fn events_are_created_changed_and_deleted() {
    let mut office = TestSession::open();
    let created = office.ok(
        "calendar.create_event",
        json!({ "event_name": "Lunch", "participant_email": "A.B@Halden.example ", "event_start": "2026-06-12T12:00", "duration": "30" }),
    );
    assert_eq!(created["event_start"], "2026-06-12 12:00:00");
    assert_eq!(created["duration"], 30);
    assert_eq!(created["event_id"], "00000301");
    let changed = office.ok(
        "calendar_update_event",
        json!({ "event_id": "301", "field": "duration", "new_value": "45" }),
    );
    assert_eq!(changed["duration"], 45);
    assert_eq!(
        office.ok(
            "calendar.get_event_information_by_id",
            json!({ "event_id": "00000301", "field": "event_name" })
        ),
        json!({ "event_name": "Lunch" })
    );
    office.ok("calendar.delete_event", json!({ "event_id": "00000301" }));
    assert!(office.changes().is_empty());
    assert!(
        office
            .refused("calendar.delete_event", json!({ "event_id": "00000301" }))
            .contains("00000301")
    );
    for (field, value) in [
        ("duration", "0"),
        ("event_start", "2026-02-30 09:00:00"),
        ("participant_email", "nobody"),
        ("event_id", "00000001"),
    ] {
        let message = office.refused(
            "calendar.update_event",
            json!({ "event_id": "00000001", "field": field, "new_value": value }),
        );
        assert!(
            message.contains(if field == "event_id" { field } else { value }),
            "{message}"
        );
    }
}

#[test]
fn mails_are_sent_answered_forwarded_and_deleted() {
    let mut office = TestSession::open();
    let sent = office.ok(
        "email.send_email",
        json!({ "recipient": "x@else.example", "subject": "Hello", "body": "There" }),
    );
    assert_eq!(
        (&sent["folder"], &sent["sent_datetime"]),
        (&json!("outbox"), &json!("2026-06-11 09:00:00"))
    );
    let inbox = office.ok(
        "email.search_emails",
        json!({ "folder": "inbox", "query": "Re:", "page_size": 1 }),
    )["results"][0]
        .clone();
    let reply = office.ok(
        "email.reply_email",
        json!({ "email_id": inbox["email_id"], "body": "Fine" }),
    );
    assert_eq!(
        (&reply["recipient"], &reply["subject"]),
        (&inbox["sender"], &inbox["subject"])
    );
    let reply = office.ok(
        "email.reply_email",
        json!({ "email_id": sent["email_id"], "body": "And again" }),
    );
    assert_eq!(
        (&reply["recipient"], &reply["subject"]),
        (&json!("x@else.example"), &json!("Re: Hello"))
    );
    let forward = office.ok(
        "email.forward_email",
        json!({ "email_id": sent["email_id"], "recipient": "y@else.example" }),
    );
    assert_eq!(
        (&forward["subject"], &forward["body"]),
        (&json!("FW: Hello"), &json!("There"))
    );
    office.ok(
        "email.delete_email",
        json!({ "email_id": inbox["email_id"] }),
    );
    let kinds: Vec<_> = office
        .changes()
        .iter()
        .map(|change| change["change"].clone())
        .collect();
    assert_eq!(
        kinds,
        ["deleted", "created", "created", "created", "created"]
    );
    for recipient in [
        "",
        "a@b",
        "a b@c.example",
        "a@b.example, c@d.example",
        "a@@b.example",
        "a..b@c.example",
        "a@-b.example",
        "a@[127.0.0.1]",
        "\"a\"@b.example",
    ] {
        office.refused(
            "email.send_email",
            json!({ "recipient": recipient, "subject": "s", "body": "b" }),
        );
    }
}

#[test]
fn tasks_are_found_by_filters_together_and_changed_within_closed_sets() {
    let mut office = TestSession::open();
    let found = office.ok("project_management.search_tasks", json!({ "board": "design", "list_name": "Backlog", "due_date_min": "2026-07-01", "page_size": 100 }));
    let tasks = found["results"].as_array().unwrap();
    assert!(!tasks.is_empty());
    assert!(tasks.iter().all(|task| task["board"] == "Design"
        && task["list_name"] == "Backlog"
        && task["due_date"].as_str().unwrap() >= "2026-07-01"));
    let id = tasks[0]["task_id"].clone();
    office.ok(
        "project_management.update_task",
        json!({ "task_id": id, "field": "list_name", "new_value": "in progress" }),
    );
    assert_eq!(office.changes()[0]["after"]["list_name"], "In Progress");
    assert!(
        office
            .refused(
                "project_management.update_task",
                json!({ "task_id": id, "field": "board", "new_value": "Kitchen" })
            )
            .contains("Back end, Front end, Design")
    );
    let task = office.ok("project_management.create_task", json!({ "task_name": "New", "assigned_to_email": "a@halden.example", "list_name": "Backlog", "due_date": "2026-06-12", "board": "Design" }));
    assert_eq!(
        office.ok(
            "project_management.get_task_information_by_id",
            json!({ "task_id": task["task_id"] })
        ),
        task
    );
    office.ok(
        "project_management.delete_task",
        json!({ "task_id": task["task_id"] }),
    );
    assert_eq!(office.changes().len(), 1);
}

#[test]
fn customers_are_added_changed_and_deleted() {
    let mut office = TestSession::open();
    let won = office.ok(
        "customer_relationship_manager.search_customers",
        json!({ "status": "Won", "last_contact_date_max": "2026-06-10" }),
    );
    let customer = won["results"][0].clone();
    office.ok(
        "customer_relationship_manager.update_customer",
        json!({ "customer_id": customer["customer_id"], "field": "follow_up_by", "new_value": "" }),
    );
    office.ok(
        "customer_relationship_manager.update_customer",
        json!({ "customer_id": customer["customer_id"], "field": "status", "new_value": "lost" }),
    );
    assert_eq!(office.changes()[0]["after"]["status"], "Lost");
    office.refused("customer_relationship_manager.update_customer", json!({ "customer_id": customer["customer_id"], "field": "customer_name", "new_value": " " }));
    let added = office.ok("customer_relationship_manager.add_customer", json!({ "customer_name": "Ann Other", "assigned_to_email": "a@halden.example", "status": "Lead" }));
    assert_eq!(
        (&added["customer_email"], &added["notes"]),
        (&Json::Null, &json!(""))
    );
    office.ok(
        "customer_relationship_manager.delete_customer",
        json!({ "customer_id": added["customer_id"] }),
    );
    assert_eq!(office.changes().len(), 1);
}

#[test]
fn counts_cover_every_day_and_a_plot_is_made_once() {
    let mut office = TestSession::open();
    let span = json!({ "time_min": "2026-06-01", "time_max": "2026-06-10" });
    let sum = |counts: &Json| {
        counts["days"]
            .as_object()
            .unwrap()
            .values()
            .map(|count| count.as_i64().unwrap())
            .sum::<i64>()
    };
    let all = office.ok("analytics.total_visits_count", span.clone());
    assert_eq!(all["days"].as_object().unwrap().len(), 10);
    let mut by_source = 0;
    for source in ["direct", "referral", "search engine", "social media"] {
        let mut arguments = span.clone();
        arguments["traffic_source"] = json!(source);
        by_source += sum(&office.ok("analytics.traffic_source_count", arguments));
    }
    assert_eq!(sum(&all), by_source);
    assert!(sum(&office.ok("analytics.engaged_users_count", span.clone())) < by_source);
    assert!(
        office.ok("analytics.get_average_session_duration", span)["days"]["2026-06-01"].is_number()
    );
    let empty = office.ok(
        "analytics.total_visits_count",
        json!({ "time_min": "2020-01-01", "time_max": "2020-01-02" }),
    );
    assert_eq!(empty["days"], json!({ "2020-01-01": 0, "2020-01-02": 0 }));
    let plot = json!({ "time_min": "2026-06-01", "time_max": "2026-06-10", "value_to_plot": "total_visits", "plot_type": "bar" });
    assert_eq!(
        office.ok("analytics.create_plot", plot.clone()),
        office.ok("analytics.create_plot", plot.clone())
    );
    assert_eq!(office.changes().len(), 1);
    let mut backwards = plot;
    backwards["time_max"] = json!("2026-05-01");
    office.refused("analytics.create_plot", backwards);
    assert!(
        office
            .refused(
                "analytics.get_visitor_information_by_id",
                json!({ "visitor_id": "9" })
            )
            .contains('9')
    );
    let zeros = office.refused(
        "analytics.get_visitor_information_by_id",
        json!({ "visitor_id": "0009" }),
    );
    assert!(zeros.contains("0009"), "{zeros}");
    let visit = office.ok(
        "analytics.get_visitor_information_by_id",
        json!({ "visitor_id": "1698" }),
    );
    assert!(
        visit["visits"]
            .as_array()
            .unwrap()
            .iter()
            .all(|visit| visit["visitor_id"] == "1698")
    );
}
