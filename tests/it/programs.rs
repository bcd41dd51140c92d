//! Programs as agents, run by `breakroom run`: started for each task or once, with the office endpoint HTTP and MCP.

use std::time::Duration;

use crate::support::runs::{Folder, breakroom, call, run, suite, task};
use crate::support::{Server, completion, has_python};
use breakroom_agent::{AgentEnding, Episode, EpisodeLimits, SessionWorkplace, ToolSelection};
use breakroom_record::folder::RunFolder;
use breakroom_record::record::EndingKind;
use breakroom_runner::program::{SessionServer, WorkerPool};
use breakroom_tasks::verdict::Outcome;
use breakroom_tools::session::InitialState;
use serde_json::{Value as Json, json};

/// Makes the calls that stand in its prompt, one a line, over HTTP or MCP, each with its own key and then once more; prints what came.
const CALLER: &str = r#"
import json, os, sys, urllib.error, urllib.request

def ask(url, body, headers):
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers}
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
    try:
        return json.load(urllib.request.urlopen(request, timeout=60))
    except urllib.error.HTTPError as error:
        return {"status": error.code}

def work(prompt, url, mcp_url, token):
    said = []
    for line in prompt.splitlines():
        words = json.loads(line)
        if words.get("mcp"):
            body = {"jsonrpc": "2.0", "id": 1, "method": words["mcp"], "params": words["params"]}
            said.append(ask(mcp_url, body, {"mcp-protocol-version": "2025-06-18"}))
            continue
        bearer = {"authorization": "Bearer " + words.get("token", token)}
        if words.get("key"):
            bearer["idempotency-key"] = words["key"]
        said.append(ask(url + words["path"], words.get("body"), bearer))
    return json.dumps(said)
"#;

fn delete(id: &str) -> Json {
    json!({ "name": "calendar.delete_event", "arguments": { "event_id": id } })
}

/// What is asked at the door: the tools, the clock, a call that is sent twice, one that is refused, one too far, and MCP.
fn errands() -> String {
    let lines = [
        json!({ "path": "/tools" }),
        json!({ "path": "/clock" }),
        json!({ "path": "/calls", "body": delete("00000003"), "key": "a" }),
        json!({ "path": "/calls", "body": delete("00000003"), "key": "a" }),
        json!({ "path": "/calls", "body": delete("99999999") }),
        json!({ "path": "/calls", "body": delete("00000003"), "token": "another" }),
        json!({ "path": "/finish", "body": { "answer": "Done." } }),
        json!({ "mcp": "tools/list", "params": {} }),
        json!({ "mcp": "tools/call", "params": { "name": "analytics_total_visits_count", "arguments": {} } }),
    ];
    lines.map(|line| line.to_string()).join("\n")
}

/// Holds what came of the errands against what should.
fn check_errands(folder: &RunFolder) {
    let episode = &folder.episodes[0];
    assert_eq!(episode.outcome, Outcome::Correct, "{:?}", episode.ending);
    let said: Vec<Json> = serde_json::from_str(episode.ending.text.as_deref().unwrap()).unwrap();
    // The domains of the task are calendar and email; the directory belongs to each.
    let names = |tools: &Json| -> Vec<String> {
        let tools = tools["tools"].as_array().unwrap().iter();
        tools
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let offered = names(&said[0]);
    assert!(offered.contains(&"company_directory_find_email_address".to_owned()));
    assert!(!offered.iter().any(|name| name.starts_with("analytics")));
    assert_eq!(said[1]["clock"], json!("2026-06-11 09:00:00"));
    assert_eq!(said[2]["refused"], json!(false), "{}", said[2]);
    assert_eq!(said[2], said[3], "a call with the same key runs once");
    assert_eq!(said[4]["refused"], json!(true));
    assert_eq!(said[5], json!({ "status": 401 }));
    assert_eq!(
        said[6],
        json!({ "status": 401 }),
        "the harness's plane is locked"
    );
    assert_eq!(names(&said[7]["result"]), offered);
    assert_eq!(said[8]["result"]["isError"], json!(true));
    assert_eq!((episode.calls, episode.refused), (3, 2));
    let trace = folder.trace(episode).unwrap();
    assert!(!trace.is_empty());
}

#[test]
fn a_program_reaches_its_session_over_http_and_mcp() {
    if !has_python() {
        return;
    }
    let folder = Folder::new("door");
    let right = call("calendar.delete_event", json!({ "event_id": "00000003" }));
    let suite = suite(vec![task("delete", &errands(), &[right])]);
    let suite = folder.file("suite.jsonl", &suite);
    let exec = format!(
        "{CALLER}\nprint(work(sys.stdin.read(), os.environ['BREAKROOM_URL'], os.environ['BREAKROOM_MCP_URL'], os.environ['BREAKROOM_TOKEN']))\n"
    );
    let worker = format!(
        "{CALLER}\nfor line in sys.stdin:\n    task = json.loads(line)\n    print(json.dumps({{'answer': work(task['prompt'], task['url'], task['mcp_url'], task['token'])}}), flush=True)\n"
    );
    for (kind, program) in [("exec", exec), ("worker", worker)] {
        let file = folder.file(kind, &program);
        let agent = format!("{kind}:no_proxy=127.0.0.1 python3 {file}");
        let out = folder.path(&format!("run-{kind}"));
        check_errands(&run(&out, &["--suite", &suite, "--agent", &agent]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_worker_works() {
    if !has_python() {
        return;
    }
    let model = Server::start(vec![
        completion(
            "",
            &[("calendar_delete_event", r#"{"event_id": "00000003"}"#)],
        ),
        completion("Deleted.", &[]),
    ])
    .await;
    let workers = WorkerPool::new(&format!(
        "MODEL=m BASE_URL={}/v1 no_proxy=127.0.0.1 python3 {}/examples/agents/worker.py",
        model.url,
        env!("CARGO_MANIFEST_DIR")
    ));
    let ending = work(&workers, "Delete it", LIMITS).await;
    assert_eq!(ending, AgentEnding::Answered("Deleted.".into()));
    workers.close().await;
}

const LIMITS: EpisodeLimits = EpisodeLimits {
    steps: 5,
    time: Duration::from_secs(3600),
    reply: Duration::from_secs(3600),
    context: None,
};

async fn work(workers: &WorkerPool, task: &str, limits: EpisodeLimits) -> AgentEnding {
    let world = breakroom::world::open(None).unwrap();
    let mut session = InitialState::Native(world).open().unwrap();
    let selection = ToolSelection::All;
    let mut workplace = SessionWorkplace {
        session: &mut session,
        selection: &selection,
    };
    let episode = Episode {
        task,
        clock: "2026-06-11 09:00:00",
        owner: "efua.soderberg@halden.example",
        limits,
        workplace: &mut workplace,
        observer: &mut (),
    };
    let server = SessionServer::start().await.unwrap();
    workers.work(&server, episode).await.unwrap()
}

/// A worker in shell, with what it does for each task.
fn each(does: &str) -> WorkerPool {
    WorkerPool::new(&format!(
        "number=0; while read -r task; do number=$((number+1)); {does}; done"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_works_on_one_task_after_the_other() {
    let workers = each(r#"echo "{\"answer\": \"$number\"}""#);
    for number in ["1", "2", "3"] {
        let ending = work(&workers, "Count", LIMITS).await;
        assert_eq!(ending, AgentEnding::Answered(number.into()));
    }
    workers.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_fails_says_how_and_the_next_task_gets_another() {
    let gave_up = each(r#"echo '{"error": "too hard"}'"#);
    let ending = work(&gave_up, "Do it", LIMITS).await;
    assert_eq!(ending, AgentEnding::ProgramGaveUp("too hard".into()));

    let failed = |text: &str| AgentEnding::ProgramFailed(text.into());
    let crashes =
        each(r#"[ $number = 1 ] && echo '{"answer": "once"}' || { echo 'no luck' >&2; exit 3; }"#);
    assert_eq!(
        work(&crashes, "Do it", LIMITS).await,
        AgentEnding::Answered("once".into())
    );
    assert_eq!(
        work(&crashes, "Do it", LIMITS).await,
        failed("exit status: 3: no luck")
    );
    assert_eq!(
        work(&crashes, "Do it", LIMITS).await,
        AgentEnding::Answered("once".into())
    );

    let AgentEnding::ProgramFailed(text) = work(&each("echo hello"), "Do it", LIMITS).await else {
        unreachable!("hello is no line of a worker's");
    };
    assert!(text.starts_with("its line is neither"), "{text}");
    let endless = WorkerPool::new("yes | tr -d '\\n'");
    assert_eq!(
        work(&endless, "Do it", LIMITS).await,
        failed("it wrote a line of more than 1048576 bytes to standard output")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_does_not_answer_is_ended_at_the_deadline() {
    let limits = EpisodeLimits {
        time: Duration::from_millis(20),
        ..LIMITS
    };
    let workers = each("sleep 600");
    assert_eq!(
        work(&workers, "Do it", limits).await,
        AgentEnding::TimeLimit
    );
}

#[test]
fn a_worker_that_cannot_be_run_is_a_fault() {
    let folder = Folder::new("no-worker");
    let suite = folder.file("suite.jsonl", &suite(vec![task("delete", "Do it", &[])]));
    let arguments = ["--suite", &suite, "--agent", "worker:/no/such/program"];
    let done = run(&folder.path("run"), &arguments);
    assert_eq!(done.episodes[0].ending.kind, EndingKind::HarnessFault);
    let text = done.episodes[0].ending.text.as_deref().unwrap();
    assert!(text.contains("/no/such/program"), "{text}");
    let wrong = breakroom(&["run", "--agent", "worker:"]);
    assert_eq!(wrong.status.code(), Some(2));
}
