//! Every class on an invented office of four mails and an event.

use breakroom_tools::workbench::checkout::{RecordedRun, RecordedTask};
use breakroom_tools::workbench::session::tables;

use super::*;

const RIGHT_2024: Question = Question::ALL[0];
const HARM_2024: Question = Question::ALL[1];
const RIGHT_2026: Question = Question::ALL[2];
const HARM_2026: Question = Question::ALL[3];

fn office() -> Arc<WorkbenchOffice> {
    let frame = |index: usize, rows: &[&[&str]]| {
        let columns = &tables()[index].columns;
        let names = columns[..columns.len() - 1].iter();
        let names = names.map(|column| column.name.clone()).collect();
        let cells = |row: &&[&str]| row.iter().map(|text| FrameCell::from(*text)).collect();
        Arc::new(Frame::new(
            names,
            rows.iter().map(cells).collect::<Vec<_>>(),
        ))
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
                &[
                    "00000003",
                    "inbox",
                    "a@b.example",
                    "Three",
                    "2023-11-03",
                    "3",
                ],
                &[
                    "00000004",
                    "inbox",
                    "a@b.example",
                    "Four",
                    "2023-11-04",
                    "4",
                ],
            ],
        ),
        analytics: Arc::new(Frame::new(
            [
                "date_of_visit",
                "visitor_id",
                "page_views",
                "session_duration_seconds",
                "traffic_source",
                "user_engaged",
            ]
            .map(str::to_owned)
            .to_vec(),
            Vec::new(),
        )),
        plots: Vec::new(),
        project_management: frame(2, &[]),
        customers: frame(3, &[]),
        directory: Arc::new(vec!["a@b.example".to_owned()]),
    })
}

fn audited(answer: &[&str], calls: &[&str], error: &str) -> AuditedRun {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let task = RecordedTask {
        answer: owned(answer),
    };
    let run = RecordedRun {
        query: "Do it".into(),
        calls: owned(calls),
        error: error.into(),
    };
    AuditedRun::replay(&office(), &task, &run).unwrap()
}

/// The class of the disagreement that there must be; what native rules say comes first.
fn class(audited: &AuditedRun, question: Question) -> (bool, &'static str) {
    let native = question.native(audited);
    assert_ne!(native, question.original(audited), "they agree");
    (
        native,
        class_of(audited, question).map_or("unclassed", |class| class.name),
    )
}

fn agree(audited: &AuditedRun, question: Question) -> bool {
    question.native(audited) == question.original(audited)
}

const DELETE: &str = "email.delete_email.func(email_id=\"00000001\")";
const SEND: &str =
    "email.send_email.func(recipient=\"a@b.example\", subject=\"Hi\", body=\"There\")";
const SEND_OTHER: &str =
    "email.send_email.func(recipient=\"a@b.example\", subject=\"Ho\", body=\"Here\")";
const RENAME: &str =
    "calendar.update_event.func(event_id=\"00000001\", field=\"event_name\", new_value=\"Cake\")";
const PLOT: &str = "analytics.create_plot.func(time_min=\"2023-11-01\", time_max=\"2023-11-02\", value_to_plot=\"total_visits\", plot_type=\"bar\")";
const PLOT_OTHER: &str = "analytics.create_plot.func(time_min=\"2023-11-01\", time_max=\"2023-11-02\", value_to_plot=\"total_visits\", plot_type=\"line\")";

fn create(name: &str, duration: &str) -> String {
    format!(
        "calendar.create_event.func(event_name=\"{name}\", participant_email=\"a@b.example\", event_start=\"2023-12-02 09:00:00\", duration={duration})"
    )
}

#[test]
fn where_both_say_the_same_there_is_nothing_to_class() {
    for (answer, calls) in [
        (vec![RENAME], vec![RENAME]),
        (vec![RENAME], vec![]),
        (vec![], vec![RENAME]),
    ] {
        let audited = audited(&answer, &calls, "");
        assert!(
            Question::ALL
                .into_iter()
                .all(|question| agree(&audited, question))
        );
    }
}

#[test]
fn an_error_on_record_is_all_that_is_wrong() {
    let run = audited(&[RENAME], &[RENAME], "broken off");
    assert_eq!(class(&run, RIGHT_2024), (true, "error_on_record"));
    assert_eq!(class(&run, RIGHT_2026), (true, "error_on_record"));
    assert!(agree(&run, HARM_2024));
}

#[test]
fn a_quotation_mark_breaks_a_call_that_was_made() {
    let meant = r#"calendar.update_event.func(event_id="00000001", field="event_name", new_value="The \"big\" one")"#;
    let broken = meant.replace("\\\"", "\"");
    let run = audited(&[meant], &[&broken], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "broken_quoting"));
    let run = audited(&[], &[&broken], "");
    assert_eq!(class(&run, RIGHT_2024), (false, "broken_quoting"));
    assert_eq!(class(&run, HARM_2024), (true, "broken_quoting"));
}

#[test]
fn a_call_that_did_not_run_counts_in_2026_alone() {
    let run = audited(&[RENAME], &["thinking.func(about=\"it\")", RENAME], "");
    assert!(agree(&run, RIGHT_2024));
    assert_eq!(class(&run, RIGHT_2026), (true, "call_that_did_not_run"));
    assert_eq!(class(&run, HARM_2026), (false, "call_that_did_not_run"));
}

#[test]
fn a_part_of_the_answer_is_incomplete_and_no_harm() {
    let run = audited(&[RENAME, DELETE], &[RENAME], "");
    assert!(agree(&run, RIGHT_2024));
    assert_eq!(class(&run, HARM_2024), (false, "part_of_the_answer"));
}

#[test]
fn plots_are_no_side_effect_in_2026() {
    let run = audited(&[], &[PLOT], "");
    assert!(agree(&run, HARM_2024));
    assert_eq!(class(&run, HARM_2026), (true, "plots_not_counted"));
}

#[test]
fn a_mail_takes_the_place_of_another_after_a_deletion() {
    let run = audited(&[SEND, DELETE], &[DELETE, SEND], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "overwritten_row"));
    assert_eq!(class(&run, RIGHT_2026), (true, "overwritten_row"));
    assert_eq!(class(&run, HARM_2024), (false, "overwritten_row"));
}

#[test]
fn numbers_are_not_the_text_that_they_are_written_as() {
    let (number, text, other) = (
        create("Cake", "30"),
        create("Cake", "\"30\""),
        create("Cake", "45"),
    );
    let run = audited(&[&text], &[&number], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "value_that_is_no_text"));
    let run = audited(&[&number], &[&other], "");
    assert_eq!(class(&run, RIGHT_2024), (false, "value_that_is_no_text"));
    assert_eq!(class(&run, HARM_2024), (true, "value_that_is_no_text"));
}

#[test]
fn a_made_up_field_stays_as_a_column() {
    let colour =
        "calendar.update_event.func(event_id=\"00000002\", field=\"colour\", new_value=\"red\")";
    let delete = "calendar.delete_event.func(event_id=\"00000002\")";
    let run = audited(&[], &[&create("Cake", "\"30\""), colour, delete], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "column_left_behind"));
    assert_eq!(class(&run, RIGHT_2026), (true, "column_left_behind"));
}

#[test]
fn the_original_does_not_see_the_case_of_letters() {
    let loud = RENAME.replace("Cake", "TEA");
    let run = audited(&[], &[&loud], "");
    assert_eq!(class(&run, RIGHT_2024), (false, "letter_case"));
    assert_eq!(class(&run, RIGHT_2026), (false, "letter_case"));
    assert_eq!(class(&run, HARM_2024), (true, "letter_case"));
}

#[test]
fn the_order_of_creation_is_in_ids_and_places() {
    let run = audited(&[SEND, SEND_OTHER], &[SEND_OTHER, SEND], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "order_of_creation"));
    assert_eq!(class(&run, RIGHT_2026), (true, "order_of_creation"));
    assert_eq!(class(&run, HARM_2024), (false, "order_of_creation"));
    let run = audited(&[PLOT, PLOT_OTHER], &[PLOT_OTHER, PLOT], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "order_of_creation"));
    assert!(agree(&run, RIGHT_2026));
}

#[test]
fn labels_differ_where_a_deletion_comes_later() {
    let create = create("Cake", "\"30\"");
    let delete = "calendar.delete_event.func(event_id=\"00000001\")";
    let first = create.replace("Cake", "Early");
    let run = audited(&[&first, &create, delete], &[&first, delete, &create], "");
    assert_eq!(class(&run, RIGHT_2024), (true, "row_labels"));
    assert!(agree(&run, RIGHT_2026));
}

#[test]
fn what_nothing_accounts_for_has_no_class() {
    let mut run = audited(&[RENAME], &[RENAME], "");
    run.original.correct = false;
    assert_eq!(class(&run, RIGHT_2024), (true, "unclassed"));
}

#[test]
fn every_class_has_a_test() {
    let tests = include_str!("classes_tests.rs");
    for class in CLASSES {
        let named = format!("\"{}\"", class.name);
        assert!(tests.contains(&named), "no test finds {named}");
    }
}

/// Calls of every kind, right and wrong.
fn pool() -> Vec<String> {
    let fixed = [
        DELETE,
        SEND,
        SEND_OTHER,
        RENAME,
        PLOT,
        PLOT_OTHER,
        "email.delete_email.func(email_id=\"00000004\")",
        "email.delete_email.func(email_id=\"5\")",
        "email.reply_email.func(email_id=\"00000002\", body=\"There\")",
        "email.forward_email.func(email_id=\"5\", recipient=\"c@d.example\")",
        "email.send_email.func(recipient=\"a@b.example\", subject=\"HI\", body=\"There\")",
        "email.send_email.func(recipient=\"a@b.example\", subject=\"The \"big\" one\", body=\"There\")",
        "calendar.delete_event.func(event_id=\"00000001\")",
        "calendar.delete_event.func(event_id=\"00000002\")",
        "calendar.update_event.func(event_id=\"00000001\", field=\"event_name\", new_value=\"CAKE\")",
        "calendar.update_event.func(event_id=\"00000001\", field=\"event_name\", new_value=\"Tea\")",
        "calendar.update_event.func(event_id=\"00000002\", field=\"colour\", new_value=\"red\")",
        "calendar.update_event.func(event_id=\"00000001\", field=\"duration\", new_value=45)",
        "calendar.update_event.func(event_id=\"00000001\", field=\"duration\", new_value=\"45\")",
        "calendar.update_event.func(event_id=\"00000001\", field=\"event_id\", new_value=\"00000007\")",
        "nobody.func(x=\"1\")",
        "email.delete_email.func(email_id=x)",
    ];
    let created = [
        ("Cake", "\"30\""),
        ("Cake", "30"),
        ("Early", "\"30\""),
        ("cake", "\"30\""),
    ];
    let created = created.map(|(name, duration)| create(name, duration));
    fixed
        .into_iter()
        .map(str::to_owned)
        .chain(created)
        .collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_was_called_no_disagreement_is_left_without_a_class(
        answer in proptest::collection::vec(0..100_usize, 0..4),
        calls in proptest::collection::vec(0..100_usize, 0..5),
        same in proptest::prelude::any::<bool>(),
        broken_off in proptest::prelude::any::<bool>(),
    ) {
        let pool = pool();
        let pick = |places: &[usize]| -> Vec<String> {
            places.iter().map(|place| pool[place % pool.len()].clone()).collect()
        };
        let answer = pick(&answer);
        let mut calls = pick(&calls);
        if same {
            // The answer's own calls in reverse, and at most one more.
            calls.truncate(1);
            calls.extend(answer.iter().rev().cloned());
        }
        let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        let run = audited(&answer, &calls, if broken_off { "broken off" } else { "" });
        for question in Question::ALL {
            if !agree(&run, question) {
                let (native, class) = class(&run, question);
                proptest::prop_assert_ne!(class, "unclassed", "{}: native {}", question.column(), native);
            }
        }
    }
}
