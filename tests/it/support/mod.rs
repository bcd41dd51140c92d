//! What several files of tests need; here a model's HTTP server on loopback that answers as it was told to.

pub mod mcp;
pub mod model_served;
pub mod original;
pub mod runs;
pub mod served;
pub mod small;

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Whether there is a Python to run examples with; says so where there is none.
pub fn has_python() -> bool {
    let python = std::process::Command::new("python3")
        .arg("--version")
        .output();
    if python.is_err() {
        eprintln!("skipped: there is no python3");
    }
    python.is_ok()
}

/// What one request gets.
#[derive(Clone)]
pub enum Answer {
    /// A whole answer: status, further header lines, body.
    Whole(u16, &'static str, String),
    /// A stream of events.
    Events(String),
    /// A header that promises more than comes.
    CutOff(String),
    /// Nothing, and the connection closes.
    Closed,
    /// Nothing, and the connection stays open.
    Silence,
}

/// A request as it came.
pub struct Seen {
    /// Path and headers, in lower case.
    pub head: String,
    /// Body.
    pub body: Json,
}

/// The server; it ends with the test.
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:4711`.
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts to answer; the last answer is given again and again.
    pub async fn start(answers: Vec<Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers[number.min(answers.len() - 1)].clone();
                number += 1;
                tokio::spawn(serve(stream, answer, Arc::clone(&log)));
            }
        });
        Server { url, seen }
    }

    /// The requests so far.
    pub fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, log: Arc<Mutex<Vec<Seen>>>) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        // Who breaks off, or speaks no HTTP, gets no answer.
        let read = stream.read_buf(&mut bytes).await.unwrap_or_default();
        if read == 0 || bytes.first().is_some_and(|byte| *byte != b'P') {
            return;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap().parse().unwrap();
    while bytes.len() < end + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    let body = serde_json::from_slice(&bytes[end..]).unwrap();
    log.lock().unwrap().push(Seen { head, body });
    let whole = |status, headers: &str, kind: &str, body: &str, length: usize| {
        format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )
    };
    let text = match answer {
        Answer::Whole(status, headers, body) => {
            whole(status, headers, "application/json", &body, body.len())
        }
        Answer::Events(body) => whole(200, "", "text/event-stream", &body, body.len()),
        Answer::CutOff(body) => whole(200, "", "application/json", &body, body.len() + 100),
        Answer::Closed => return,
        Answer::Silence => std::future::pending().await,
    };
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// A reply of chat completions with that text and those calls, as name and text of the arguments.
pub fn completion(text: &str, calls: &[(&str, &str)]) -> Answer {
    let calls: Vec<Json> = calls
        .iter()
        .enumerate()
        .map(|(number, (name, arguments))| {
            json!({"id": format!("c{number}"), "type": "function", "function": {"name": name, "arguments": arguments}})
        })
        .collect();
    let reason = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    let body = json!({
        "choices": [{"message": {"role": "assistant", "content": text, "tool_calls": calls}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 40}},
    });
    Answer::Whole(200, "", body.to_string())
}
