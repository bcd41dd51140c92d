//! Sessions that live in a folder, through the program itself.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value as Json, json};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        Folder(std::env::temp_dir().join(format!("breakroom-kept-{}-{name}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn breakroom() -> Command {
    Command::new(env!("CARGO_BIN_EXE_breakroom"))
}

fn call(folder: &Path, arguments: &[&str]) -> Output {
    breakroom()
        .arg("call")
        .args(arguments)
        .arg("--session-dir")
        .arg(folder)
        .output()
        .unwrap()
}

fn report(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

const TEA: [&str; 5] = [
    "calendar.create_event",
    "event_name=Tea & „Küchlein“",
    "participant_email=olwen.hallam@halden.example",
    "event_start=2026-06-12 16:00",
    "duration=15",
];

/// A server on a folder, asked line by line.
struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Server {
        let mut command = breakroom();
        command
            .args(["serve", "--stdio", "--session-dir"])
            .arg(folder);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Server(pipes.spawn().unwrap())
    }

    fn ask(&mut self, method: &str, parameters: Json) -> Json {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        writeln!(self.0.stdin.as_mut().unwrap(), "{message}").unwrap();
        let mut line = String::new();
        // One answer a question: the reader holds nothing of the next one back.
        BufReader::with_capacity(1 << 16, self.0.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_next_process_goes_on_where_the_last_one_stopped() {
    let folder = Folder::new("next");
    assert_eq!(
        report(&call(&folder.0, &TEA))["changes"][0]["calls"],
        json!([1])
    );
    let deleted = ["calendar.delete_event", "event_id=00000007"];
    assert!(call(&folder.0, &deleted).status.success());
    assert_eq!(call(&folder.0, &deleted).status.code(), Some(1));

    let undone = ["calendar.delete_event", "event_id=00000301"];
    let after = report(&call(&folder.0, &undone));
    assert_eq!(after["changes"].as_array().unwrap().len(), 1);
    let created = report(&call(&folder.0, &TEA));
    assert_eq!(
        created["result"]["event_id"], "00000302",
        "an id is used once, whatever process used it"
    );
    let calls: Vec<&Json> = created["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["calls"])
        .collect();
    assert_eq!(calls, [&json!([2]), &json!([5])], "refused calls count");
}

#[test]
fn a_server_serves_the_folders_session_and_a_kill_loses_no_answered_call() {
    let folder = Folder::new("server");
    let mut server = Server::start(&folder.0);
    let opened = server.ask("session/open", json!({}));
    assert_eq!(opened["result"]["session"], "1", "{opened}");
    assert_eq!(
        server.ask("session/open", json!({}))["result"],
        opened["result"]
    );
    let mail = json!({ "recipient": "x@else.example", "subject": "Hello", "body": "There" });
    let sent = server.ask(
        "tools/call",
        json!({ "session": "1", "name": "email.send_email", "arguments": mail }),
    );
    assert_eq!(sent["result"]["refused"], false, "{sent}");
    let message = refused(&call(&folder.0, &TEA));
    assert!(message.contains("in use"), "{message}");
    drop(server); // killed

    assert_eq!(
        report(&call(&folder.0, &TEA))["changes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let mut server = Server::start(&folder.0);
    server.ask("session/open", json!({}));
    let which = json!({ "session": "1" });
    server.ask("session/reset", which.clone());
    server.ask("session/close", which.clone());
    let reopened = server.ask("session/open", json!({}));
    assert_eq!(reopened["result"]["session"], "2");
    let changes = server.ask("session/changes", json!({ "session": "2" }));
    assert_eq!(changes["result"]["changes"], json!([]));
}

#[test]
fn a_folder_of_another_world_or_version_or_a_damaged_one_is_refused() {
    let folder = Folder::new("refused");
    assert!(call(&folder.0, &TEA).status.success());
    let file = folder.0.join("session.json");
    let good = std::fs::read_to_string(&file).unwrap();

    let other = Folder::new("refused-world");
    let world = breakroom()
        .args(["world", "new", "--seed", "2", "--out"])
        .arg(&other.0)
        .output()
        .unwrap();
    assert!(world.status.success());
    let output = call(
        &folder.0,
        &["email.search_emails", "--world", other.0.to_str().unwrap()],
    );
    let message = refused(&output);
    assert!(message.contains("started from office"), "{message}");

    for (from, to, word) in [
        (
            "\"format_version\":1",
            "\"format_version\":99",
            "version 99",
        ),
        ("\"calendar.event\"", "\"calendar.party\"", "calendar.party"),
        ("16:00:00", "26:00:00", "refused"),
        ("\"calls\"", "calls", "damaged"),
    ] {
        assert!(good.contains(from), "{good}");
        std::fs::write(&file, good.replace(from, to)).unwrap();
        let message = refused(&call(&folder.0, &["email.search_emails"]));
        assert!(message.contains(word), "{message}");
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            good.replace(from, to),
            "what cannot be read is left as it is"
        );
    }
    // A file that was being written when the process ended is not the session.
    std::fs::write(&file, &good).unwrap();
    std::fs::write(folder.0.join("session.json.new"), &good[..40]).unwrap();
    assert_eq!(
        report(&call(&folder.0, &["email.search_emails"]))["changes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
