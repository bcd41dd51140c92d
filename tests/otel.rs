//! Spans over OTLP, as a collector on loopback gets them.
#![cfg(feature = "otel")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const TRACE: [u8; 16] = [
    0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c,
];

/// Reads one request, answers it, and returns its first line and body.
fn take(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        .unwrap();
    (first, body)
}

fn send(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_call_is_a_span_of_the_clients_trace() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let mut server = Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(["serve", "--http", "127.0.0.1:0"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let mut output = BufReader::new(server.stdout.take().unwrap());
    output.read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap();

    let opened = send(address, "POST /sessions HTTP/1.1", "{}");
    let session = opened.split("\"session\":\"").nth(1).unwrap();
    let session = session.split('"').next().unwrap();
    let head = format!(
        "POST /sessions/{session}/calls HTTP/1.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    );
    let call = r#"{"name":"calendar.delete_event","arguments":{"event_id":"99999999"}}"#;
    assert!(send(address, &head, call).contains("\"refused\":true"));
    kill(Pid::from_raw(server.id() as i32), Signal::SIGTERM).unwrap();

    let (mut stream, _) = collector.accept().unwrap();
    let (first, body) = take(&mut stream);
    assert!(first.starts_with("POST /v1/traces"), "{first}");
    let holds = |wanted: &[u8]| body.windows(wanted.len()).any(|bytes| bytes == wanted);
    for words in [
        "execute_tool calendar.delete_event",
        "gen_ai.operation.name",
        "calendar_delete_event",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "there is no event 99999999",
        "tool_error",
        "https://opentelemetry.io/schemas/1.42.0",
    ] {
        assert!(holds(words.as_bytes()), "{words}");
    }
    assert!(holds(&TRACE), "the span is part of the client's trace");
    assert!(server.wait().unwrap().success());
}
