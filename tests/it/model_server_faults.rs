//! Faults of the scripted model server: on the wire, in clients and agents of this program, and by seed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::model_served::{
    Served, asked, few, in_short, of_every_template, request, suite_of,
};
use crate::support::runs::Folder;
use breakroom_model::error::ErrorKind;
use breakroom_model_server::faults::ReplyFault;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn each_fault_is_seen_on_the_wire() {
    let mut tasks = of_every_template();
    tasks.retain(|task| task.template == "calendar.create-with-colleague");
    let task = tasks.remove(0);
    let mut seen = String::new();
    for fault in ReplyFault::ALL {
        let name = fault.name();
        writeln!(seen, "{name}").unwrap();
        let served = Served::start(&["--fault", name, "--retry-after", "7", "--hold", "0"]);
        for (path, text) in [
            ("/v1/chat/completions", false),
            ("/v1/chat/completions", true),
            ("/v1/responses", false),
            ("/v1/messages", false),
        ] {
            let mut body = request(path, &task, text);
            // Each is a conversation of its own.
            let user = format!("{path} {text}");
            body["user"] = json!(user);
            body["metadata"] = json!({"user_id": user});
            let first = in_short(served.post(path, &body).await).await;
            let again = in_short(served.post(path, &body).await).await;
            // Of each only so many happen; one that cannot happen here changes nothing.
            let happened = if first == again { "not here: " } else { "" };
            let form = if text { " in text" } else { "" };
            writeln!(seen, "  {path}{form}\n    {happened}{first}").unwrap();
        }
    }
    insta::assert_snapshot!(seen);
}

#[tokio::test]
async fn our_own_clients_tell_what_went_wrong_and_ask_again() {
    let task = few().remove(0);
    for (fault, kind) in [
        ("cut", ErrorKind::Connection),
        ("rate-limit", ErrorKind::RateLimited),
        ("server-error", ErrorKind::Server),
        ("timeout", ErrorKind::Server),
        ("context-length", ErrorKind::ContextLength),
        ("refusal", ErrorKind::Refused),
    ] {
        let served = Served::start(&["--fault", fault, "--retry-after", "0", "--hold", "0"]);
        for model in ["x", "anthropic:x"] {
            for more in [&["--attempts", "1"][..], &["--attempts", "1", "--stream"]] {
                let first = asked(&served, model, more, &task).await;
                assert_eq!(first, Err(kind), "{fault} {model} {more:?}");
                let second = asked(&served, model, more, &task).await;
                assert!(second.is_ok(), "{fault} {model} {more:?} {second:?}");
            }
        }
        let patient = asked(&served, "x", &["--attempts", "2"], &task).await;
        let recovers = kind.is_retryable();
        assert_eq!(patient.is_ok(), recovers, "{fault} {patient:?}");
    }
}

#[test]
fn our_own_agents_end_in_their_senses_under_every_fault() {
    let folder = Folder::new("model-server-faults");
    let suite = folder.file("suite.jsonl", &suite_of(few()));
    let mut seen = String::new();
    for fault in ReplyFault::ALL {
        let name = fault.name();
        let served = Served::start(&["--fault", name, "--retry-after", "0", "--hold", "0"]);
        // Conversations about the same task are told apart by their seeds.
        for (agent, seed) in [("react", "1"), ("tools", "2")] {
            let out = folder.path(&format!("{name}-{agent}"));
            let run = served.run(&out, agent, "x", &["--suite", &suite, "--seed", seed]);
            let mut ends: BTreeMap<String, usize> = BTreeMap::new();
            for episode in &run.episodes {
                let class = episode.class.map(|class| json!(class));
                let class = class.and_then(|class| class.as_str().map(str::to_owned));
                let end = format!("{:?} {}", episode.outcome, class.unwrap_or_default());
                *ends.entry(end.trim().to_owned()).or_default() += 1;
            }
            writeln!(seen, "{name:<20} {agent:<5} {ends:?}").unwrap();
        }
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_order_does_not_matter() {
    let folder = Folder::new("model-server-same");
    let suite = folder.file("suite.jsonl", &suite_of(of_every_template()));
    let played = |name: &str, seed: &str, concurrency: &str| {
        let log = folder.path(&format!("{name}.log"));
        let mut arguments = vec!["--seed", seed, "--log", &log, "--retry-after", "0"];
        for fault in [
            "string-arguments=0.3",
            "unknown-tool=0.2",
            "rate-limit=0.2",
            "empty-reply=0.1",
        ] {
            arguments.extend(["--fault", fault]);
        }
        let served = Served::start(&arguments);
        let more = [
            "--suite",
            &suite,
            "--limit",
            "20",
            "--concurrency",
            concurrency,
        ];
        served.run(&folder.path(name), "tools", "x", &more);
        assert_eq!(served.stop(), Some(0));
        std::fs::read_to_string(log).unwrap()
    };
    let sorted = |log: &str| {
        let mut lines: Vec<String> = Vec::new();
        for line in log.lines() {
            let mut line: Json = serde_json::from_str(line).unwrap();
            line["number"] = Json::Null;
            lines.push(line.to_string());
        }
        lines.sort();
        lines
    };
    let one = played("one", "1", "1");
    assert!(one.contains("\"fault\":\"string-arguments\""));
    assert_eq!(one, played("again", "1", "1"));
    assert_eq!(sorted(&one), sorted(&played("many", "1", "8")));
    assert_ne!(sorted(&one), sorted(&played("other", "2", "1")));
}
