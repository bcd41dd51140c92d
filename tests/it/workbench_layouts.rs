//! A WorkBench checkout in the layout of 2026: compressed files, versions of the answers, and files of runs chosen by hand.

use std::path::{Path, PathBuf};

use crate::support::original::{original_office, write};
use breakroom_tools::workbench::checkout::Checkout;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const DELETED: &str = "\"['calendar.delete_event.func(event_id=\"\"00000001\"\")']\"";

fn checkout(name: &str) -> Folder {
    let folder = Folder(
        std::env::temp_dir().join(format!("breakroom-layouts-{}-{name}", std::process::id())),
    );
    let processed = folder.0.join("data/processed");
    original_office(&folder.0);
    let tasks = processed.join("tasks_and_outcomes");
    write(
        &tasks,
        "v1/calendar_tasks_and_outcomes.csv",
        &format!("task,outcome\nNo more tea,{DELETED}\n"),
    );
    write(
        &tasks,
        "calendar_tasks_and_outcomes.csv",
        "task,outcome\nNo more tea,[]\n",
    );
    let runs = format!("task,function_calls,error\nNo more tea,{DELETED},\n");
    write(&folder.0, "data/results/calendar/old_all_1_2.csv.gz", &runs);
    write(&folder.0, "data/results/calendar/new_all_1_2.csv.gz", &runs);
    write(
        &folder.0,
        "data/results/calendar/new_all_1_2_meta.json",
        "{}",
    );
    folder
}

fn verdicts(folder: &Path, results: &[PathBuf]) -> Vec<(String, bool)> {
    let scored =
        breakroom_workbench::score::score(&Checkout::read(folder, results).unwrap()).unwrap();
    scored
        .into_iter()
        .map(|run| (run.file, run.verdict.correct_2026))
        .collect()
}

#[test]
fn a_run_is_scored_against_the_answers_of_its_version() {
    let folder = checkout("versions");
    let expected = [
        ("calendar/new_all_1_2.csv.gz".to_owned(), false),
        ("calendar/old_all_1_2.csv.gz".to_owned(), true),
    ];
    assert_eq!(verdicts(&folder.0, &[]), expected);
}

#[test]
fn only_the_files_that_are_named_are_scored() {
    let folder = checkout("named");
    let chosen = folder.0.join("data/results/calendar/old_all_1_2.csv.gz");
    assert_eq!(
        verdicts(&folder.0, &[chosen]),
        [("calendar/old_all_1_2.csv.gz".to_owned(), true)]
    );
    let error = Checkout::read(&folder.0, &[folder.0.join("missing.csv")]).unwrap_err();
    assert!(error.to_string().contains("missing.csv"), "{error}");
}

fn import(folder: &Path, out: &Path) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(["world", "import", "workbench"])
        .arg(folder)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

#[test]
fn an_imported_office_is_a_world_that_sessions_open() {
    let folder = checkout("import");
    write(
        &folder.0,
        "data/processed/emails.csv",
        "email_id,inbox/outbox,sender/recipient,subject,sent_datetime,body\n00000007,inbox,ana.lee@b.example,Tea,2023-11-29 10:00:00,Dear Sam\\n\\nNow?\n00000008,outbox,ana.lee@b.example,Tea,2023-11-29 10:05:00,Yes\n",
    );
    write(
        &folder.0,
        "data/processed/analytics_data.csv",
        "date_of_visit,visitor_id,page_views,session_duration_seconds,traffic_source,user_engaged\n2023-10-22,0860,8,4,referral,True\n",
    );
    write(
        &folder.0,
        "data/processed/project_tasks.csv",
        "task_id,task_name,assigned_to_email,list_name,due_date,board\n00000001,Boil water,ana.lee@b.example,Backlog,2023-12-01,Design\n",
    );
    write(
        &folder.0,
        "data/processed/customer_relationship_manager_data.csv",
        "customer_id,assigned_to_email,customer_name,customer_email,customer_phone,last_contact_date,product_interest,status,follow_up_by,notes\n00000001,ana.lee@b.example,Jo Park,jo.park@tearoom,,2023-11-01,Software,Won,,\n",
    );
    write(
        &folder.0,
        "data/raw/email_addresses.csv",
        "ana.lee@b.example\n",
    );
    let out = folder.0.join("world");
    let output = import(&folder.0, &out);
    assert!(output.status.success(), "{output:?}");

    let world = breakroom_sandbox::world::World::read(&out).unwrap();
    let mut session = breakroom_sandbox::session::Session::open(&world).unwrap();
    let mut call = |tool: &str, arguments: serde_json::Value| {
        let result = breakroom_tools::native::call(&mut session, tool, &arguments).unwrap();
        breakroom_tools::session::from_raw_json(&result)
    };
    let mails = call("email.search_emails", serde_json::json!({}));
    assert_eq!(
        (
            &mails["results"][1]["recipient"],
            &mails["results"][1]["body"]
        ),
        (&"sam@atlas.com".into(), &"Dear Sam\n\nNow?".into())
    );
    assert_eq!(mails["results"][0]["sender"], "sam@atlas.com");
    let found = call(
        "company_directory.find_email_address",
        serde_json::json!({ "name": "Ana Lee" }),
    );
    assert_eq!(found["matches"][0]["email"], "ana.lee@b.example");
    let event = call(
        "calendar.create_event",
        serde_json::json!({ "event_name": "Tea", "participant_email": "a@b.example", "event_start": "2023-12-01 10:00", "duration": 15 }),
    );
    assert_eq!(event["event_id"], "00000002");
    let customers = call(
        "customer_relationship_manager.search_customers",
        serde_json::json!({}),
    );
    assert_eq!(
        customers["results"][0]["customer_phone"],
        serde_json::Value::Null
    );
    assert_eq!(
        call(
            "analytics.total_visits_count",
            serde_json::json!({ "time_min": "2023-10-22", "time_max": "2023-10-22" })
        )["days"]["2023-10-22"],
        1
    );
}

#[test]
fn rows_that_cannot_be_imported_are_named_by_file_and_line() {
    let folder = checkout("refused");
    write(
        &folder.0,
        "data/processed/project_tasks.csv",
        "task_id,task_name,assigned_to_email,list_name,due_date,board\n1,a,a@b.example,Backlog,2023-12-01,Design\n2,b,a@b.example,Someday,2023-12-01,Design\n3,c,nobody,Backlog,2023-12-01,Design\n",
    );
    let output = import(&folder.0, &folder.0.join("world"));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("project_tasks.csv line 3")
            && message.contains("project_tasks.csv line 4"),
        "{message}"
    );
    write(
        &folder.0,
        "data/processed/project_tasks.csv",
        "task_id,task_name,assigned_to_email,list_name,due_date,board\none,a,a@b.example,Backlog,2023-12-01,Design\n",
    );
    let output = import(&folder.0, &folder.0.join("world"));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("project_tasks.csv: line 2: task_id \"one\""),
        "{message}"
    );
}
