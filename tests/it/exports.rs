//! Runs in the forms that other programs read.

use std::io::Read;

use crate::support::runs::{Folder, action, answer, breakroom, call, run, script, suite, task};
use crate::support::{Answer, Server, completion};
use breakroom_record::record::EpisodeRecord;
use breakroom_record::trace::TraceEvent;
use breakroom_report::export::FORMATS;
use serde_json::{Value as Json, json};

const PROMPT: &str = "Mail olwen.hallam@halden.example.";

fn mail(subject: &str) -> Json {
    json!({ "recipient": "olwen.hallam@halden.example", "subject": subject, "body": "Hello" })
}

fn exported(run: &str, format: &str) -> Vec<u8> {
    let output = breakroom(&["export", run, "--format", format]);
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn lines(run: &str, format: &str) -> Vec<Json> {
    let text = String::from_utf8(exported(run, format)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A run on a server, and the messages of the last request to it.
async fn asked(folder: &Folder, agent: &str, answers: Vec<Answer>) -> (String, Json) {
    let server = Server::start(answers).await;
    let tasks = vec![task(
        "mail.one",
        PROMPT,
        &[call("email.send_email", mail("Tea"))],
    )];
    let suite = folder.file("suite.jsonl", &suite(tasks));
    let out = folder.path(agent);
    let arguments = [
        "--suite",
        &suite,
        "--agent",
        agent,
        "--model",
        "m",
        "--base-url",
        &server.url,
    ];
    run(&out, &arguments);
    let messages = server.seen().last().unwrap().body["messages"].clone();
    (out, messages)
}

fn said(text: &str) -> Json {
    json!({ "role": "assistant", "content": text })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_conversation_is_what_the_model_was_sent_and_its_last_words() {
    let folder = Folder::new("export-native");
    let sent = mail("Tea").to_string();
    let answers = vec![
        completion(
            "",
            &[
                ("calendar_search_events", "{}"),
                ("email_send_email", "{oops"),
            ],
        ),
        completion("", &[]),
        completion("So.", &[("email_send_email", &sent), ("email_write", "{}")]),
        completion("Done.", &[]),
    ];
    let (run, mut messages) = asked(&folder, "tools", answers).await;
    messages.as_array_mut().unwrap().push(said("Done."));
    let line = &lines(&run, "chat")[0];
    assert_eq!(line["messages"], messages);
    assert_eq!(line["metadata"]["outcome"], "correct");
    let names = line["tools"].as_array().unwrap().iter();
    assert!(
        names
            .map(|tool| &tool["function"]["name"])
            .any(|name| name == "email_send_email")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_in_text_is_what_the_model_was_sent_and_its_last_words() {
    let folder = Folder::new("export-text");
    let text = |reply: Json| completion(reply.as_str().unwrap(), &[]);
    let invented = format!(
        "{}\nObservation: made up",
        action("email_send_email", &mail("Tea")).as_str().unwrap()
    );
    let answers = vec![
        text(json!("Thought: hm")),
        completion(&invented, &[]),
        text(answer("Done.")),
    ];
    let (run, mut messages) = asked(&folder, "react", answers).await;
    let last = answer("Done.");
    messages
        .as_array_mut()
        .unwrap()
        .push(said(last.as_str().unwrap()));
    let line = &lines(&run, "chat")[0];
    assert_eq!(line["messages"], messages);
    assert!(!line["messages"].to_string().contains("made up"));
    assert!(line.get("tools").is_none());
}

/// A run of four tasks: right, wrong with harm, a fault, and one at its limit; two trials of each.
fn mixed(folder: &Folder) -> String {
    let cases = [
        (
            "mail.right",
            vec![action("email_send_email", &mail("Tea")), answer("Done.")],
        ),
        (
            "mail.wrong",
            vec![
                action("email_send_email", &mail("Coffee")),
                answer("Done & gone <away>."),
            ],
        ),
        (
            "office.fault",
            vec![action("email_send_email", &mail("Tea"))],
        ),
        (
            "office.limit",
            vec![json!("Thought: hm"), json!("Thought: hm")],
        ),
    ];
    let prompt = |name: &str| format!("{PROMPT} {name}");
    let tasks = cases.iter().map(|(name, _)| {
        task(
            name,
            &prompt(name),
            &[call("email.send_email", mail("Tea"))],
        )
    });
    let suite = folder.file("suite.jsonl", &suite(tasks.collect()));
    let scripts: String = cases
        .iter()
        .map(|(name, replies)| script(&prompt(name), replies))
        .collect();
    let model = format!("scripted:{}", folder.file("script.jsonl", &scripts));
    let out = folder.path("run");
    run(
        &out,
        &[
            "--suite",
            &suite,
            "--model",
            &model,
            "--max-steps",
            "2",
            "--trials",
            "2",
        ],
    );
    out
}

#[test]
fn lines_hold_episodes_with_their_traces() {
    let folder = Folder::new("export-lines");
    let run = mixed(&folder);
    let lines = lines(&run, "jsonl");
    assert_eq!(lines.len(), 8);
    for line in lines {
        let record: EpisodeRecord = serde_json::from_value(line["episode"].clone()).unwrap();
        let trace: Vec<TraceEvent> = serde_json::from_value(line["trace"].clone()).unwrap();
        assert!(matches!(&trace[0], TraceEvent::Episode { task, .. } if *task == record.task));
        assert!(matches!(trace.last(), Some(TraceEvent::Ended { .. })));
    }
}

#[test]
fn junit_has_a_case_per_task() {
    let folder = Folder::new("export-junit");
    let run = mixed(&folder);
    let text = String::from_utf8(exported(&run, "junit")).unwrap();
    let text = text.replace(&folder.path(""), "FOLDER/");
    // How long it took is another every time.
    let text: Vec<String> = text
        .lines()
        .map(|line| match line.find(" time=\"") {
            Some(start) => {
                let end = start + 7 + line[start + 7..].find('"').unwrap();
                format!("{}{}", &line[..start], &line[end + 1..])
            }
            None => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn a_table_has_a_row_per_episode() {
    let folder = Folder::new("export-csv");
    let run = mixed(&folder);
    let bytes = exported(&run, "csv");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let told: Vec<String> = rows
        .iter()
        .map(|row| row.iter().take(14).collect::<Vec<_>>().join(","))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_log_of_inspect_has_a_sample_per_episode_and_the_same_bytes_again() {
    let folder = Folder::new("export-inspect");
    let run = mixed(&folder);
    let bytes = exported(&run, "inspect");
    assert_eq!(bytes, exported(&run, "inspect"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut json = |name: &str| -> Json {
        let mut text = String::new();
        let mut file = zip.by_name(name).unwrap();
        file.read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(json("header.json")["results"]["completed_samples"], 6);
    assert_eq!(json("summaries.json").as_array().unwrap().len(), 8);
    assert_eq!(
        json("samples/mail.right.01_epoch_2.json")["scores"]["verdict"]["value"],
        "C"
    );
    let fault = json("samples/office.fault.01_epoch_1.json");
    assert_eq!(fault["scores"], json!({}));
    assert!(fault["error"]["message"].is_string());
    assert_eq!(
        json("samples/office.limit.01_epoch_1.json")["limit"],
        json!({ "type": "turn", "limit": 2 })
    );
}

#[test]
fn an_agent_without_a_model_has_its_calls_as_an_assistants() {
    let folder = Folder::new("export-silent");
    let tasks = vec![task(
        "mail.one",
        PROMPT,
        &[call("email.send_email", mail("Tea"))],
    )];
    let suite = folder.file("suite.jsonl", &suite(tasks));
    let out = folder.path("run");
    run(&out, &["--suite", &suite, "--agent", "oracle"]);
    let roles: Vec<Json> = lines(&out, "chat")[0]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].clone())
        .collect();
    assert_eq!(roles, ["user", "assistant", "tool", "assistant"]);
}

#[test]
fn the_document_and_the_command_name_every_form() {
    let document = include_str!("../../docs/exports.md");
    let help = String::from_utf8(breakroom(&["export", "--help"]).stdout).unwrap();
    for format in FORMATS {
        assert!(document.contains(&format!("| `{}` |", format.name)));
        assert!(help.contains(format.name));
    }
    let wrong = breakroom(&["export", "x", "--format", "pdf"]);
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(told.contains("pdf") && told.contains("inspect"), "{told}");
}

#[test]
fn an_existing_file_is_only_replaced_by_force() {
    let folder = Folder::new("export-force");
    let run = folder.path("run");
    let played = breakroom(&["run", "--per-template", "1", "--limit", "1", "--out", &run]);
    assert!(played.status.success(), "{played:?}");
    let file = folder.path("run.csv");
    std::fs::write(&file, "mine").unwrap();
    let export = |more: &[&str]| {
        let arguments = ["export", &run, "--format", "csv", "--out", &file];
        breakroom(&[&arguments[..], more].concat()).status.code()
    };
    assert_eq!(export(&[]), Some(2));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(export(&["--force"]), Some(0));
    assert_ne!(std::fs::read_to_string(&file).unwrap(), "mine");
}
