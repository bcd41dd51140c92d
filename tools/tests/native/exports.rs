//! Exports of a session: mails are read back by another library, and charts are checked mark by mark.

use breakroom_sandbox::export::{charts, mailbox, messages};
use mail_parser::MessageParser;
use mail_parser::mailbox::mbox::MessageIterator;

use super::*;

#[test]
fn mails_read_back_as_they_are_in_the_database() {
    let mut office = TestSession::open();
    office.ok(
        "email.send_email",
        json!({ "recipient": "jürgen@käse.example", "subject": "Größe an “Ölmühle”: eine lange Zeile, die gefaltet werden muß, weil sie so lang ist", "body": "From here on\n>From there\nzwölf €" }),
    );
    let reply = office.ok(
        "email.reply_email",
        json!({ "email_id": "00000501", "body": "." }),
    );
    office.ok(
        "email.reply_email",
        json!({ "email_id": reply["email_id"], "body": "again" }),
    );
    let messages = messages(&office.0).unwrap();
    assert_eq!(messages.len(), 503);
    let names = World::office();
    let name = |address: &str| {
        let known = names.directory().iter();
        known
            .filter(|colleague| colleague.email == address)
            .map(|colleague| colleague.name.clone())
            .next()
    };
    for (id, bytes) in &messages {
        let message = MessageParser::default().parse(bytes).unwrap();
        let row = office.ok(
            "email.get_email_information_by_id",
            json!({ "email_id": format!("{id:08}") }),
        );
        assert_eq!(message.subject(), row["subject"].as_str(), "{id}");
        assert_eq!(
            message.body_text(0).unwrap().replace("\r\n", "\n"),
            row["body"].as_str().unwrap(),
            "{id}"
        );
        let date = message.date().unwrap().to_rfc3339();
        assert_eq!(
            date.replace('T', " ").trim_end_matches('Z'),
            row["sent_datetime"].as_str().unwrap()
        );
        let from = message.from().unwrap().first().unwrap();
        assert_eq!(from.address(), row["sender"].as_str(), "{id}");
        assert_eq!(
            from.name().map(str::to_owned),
            name(from.address().unwrap())
        );
        let to = message.to().unwrap().first().unwrap();
        assert_eq!(to.address(), row["recipient"].as_str(), "{id}");
        assert_eq!(
            message.message_id(),
            Some(format!("{id:08}@halden.example").as_str())
        );
        let answers = row["in_reply_to"].as_str();
        let answered = answers.map(|answers| format!("{answers}@halden.example"));
        assert_eq!(message.in_reply_to().as_text().map(str::to_owned), answered);
    }
    let last = MessageParser::default().parse(&messages[&503]).unwrap();
    assert_eq!(
        last.references().as_text_list().unwrap(),
        ["00000501@halden.example", "00000502@halden.example"]
    );
}

#[test]
fn the_mailbox_holds_every_mail_and_a_line_that_looks_like_a_new_one_splits_none() {
    let mut office = TestSession::open();
    let body = "From here on\n>From there\nand on";
    office.ok(
        "email.send_email",
        json!({ "recipient": "x@else.example", "subject": "Hello", "body": body }),
    );
    let bytes = mailbox(&office.0).unwrap();
    assert_eq!(bytes, mailbox(&office.0).unwrap());
    let mails: Vec<_> = MessageIterator::new(&bytes[..])
        .map(Result::unwrap)
        .collect();
    assert_eq!(mails.len(), 501);
    assert_eq!(mails[500].from(), "efua.soderberg@halden.example");
    let last = String::from_utf8(mails[500].contents().to_vec()).unwrap();
    assert!(
        last.contains("Message-ID: <00000501@halden.example>"),
        "{last}"
    );
}

#[test]
fn a_chart_has_a_mark_for_each_value_of_its_plot() {
    let mut office = TestSession::open();
    let plot = |office: &mut TestSession, value: &str, kind: &str, min: &str| {
        let plot = office.ok(
            "analytics.create_plot",
            json!({ "value_to_plot": value, "plot_type": kind, "time_min": min, "time_max": "2026-06-10" }),
        );
        let id: i64 = plot["plot_id"].as_str().unwrap().parse().unwrap();
        charts(&office.0).unwrap()[&id].clone()
    };
    let marks = |chart: &str, mark: &str| chart.matches(mark).count();
    let bars = plot(&mut office, "total_visits", "bar", "2026-06-01");
    assert_eq!(marks(&bars, "fill=\"#265C96\""), 10, "{bars}");
    assert!(bars.contains("Visits, 2026-06-01 to 2026-06-10") && bars.contains("\n2026-06-01\n"));
    let points = plot(&mut office, "visits_social_media", "scatter", "2026-06-01");
    assert_eq!(marks(&points, "<circle"), 10, "{points}");
    let line = plot(
        &mut office,
        "session_duration_seconds",
        "line",
        "2026-02-10",
    );
    let known = office.ok(
        "analytics.get_average_session_duration",
        json!({ "time_min": "2026-02-10", "time_max": "2026-06-10" }),
    );
    let known = known["days"].as_object().unwrap().values();
    assert_eq!(
        marks(&line, "<circle"),
        known.filter(|mean| !mean.is_null()).count()
    );
    assert!(plot(&mut office, "user_engaged", "histogram", "2026-03-01").contains("\nDays\n"));
    let one = plot(&mut office, "total_visits", "line", "2026-06-10");
    assert!(one.contains("\n2026-06-10\n"), "{one}");

    // The axis ends 5 % above the largest value.
    let heights = bars.split("<rect ").filter(|rect| rect.contains("#265C96"));
    let heights = heights.map(|rect| rect.split("height=\"").nth(1).unwrap());
    let heights = heights.map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap());
    let tallest = heights.fold(0.0, f64::max);
    assert!((tallest - (415.0 - 43.0) / 1.05).abs() < 3.0, "{tallest}");
}

#[test]
fn a_plot_of_more_than_ten_years_is_refused() {
    let mut office = TestSession::open();
    let message = office.refused(
        "analytics.create_plot",
        json!({ "value_to_plot": "total_visits", "plot_type": "bar", "time_min": "0001-01-01", "time_max": "9999-12-31" }),
    );
    assert!(message.contains("ten years"), "{message}");
}
