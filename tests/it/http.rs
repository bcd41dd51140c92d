//! `serve --http`: the routes of both planes, every problem, and the server's own description.

use crate::support::served;
use crate::support::small;
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::support::served::{Answer, Served, TOKEN, read};
use breakroom_gateway::{Gateway, GatewayLimits, SessionIds};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start() -> Served {
    served::start(small::library(), GatewayLimits::default()).await
}

fn assert_problem(answer: &Answer, status: u16, slug: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.body["type"], format!("/docs#{slug}"), "{answer:?}");
    assert_eq!(answer.body["status"], status);
    assert!(
        answer.body["detail"].as_str().unwrap().len() > 20,
        "{answer:?}"
    );
    assert!(answer.header("x-request-id").is_some());
}

#[tokio::test]
async fn an_episode_from_the_list_of_tasks_to_the_verdict() {
    let served = start().await;
    let suites = served.get("/suites").await;
    assert_eq!(suites.body["suites"][0]["suite"], "small");
    let tasks = served
        .get("/suites/small/tasks?contains=write&limit=5")
        .await;
    assert_eq!(tasks.body["total"], 1);
    let task = tasks.body["tasks"][0]["id"].as_str().unwrap();
    let whole = served.get(&format!("/suites/small/tasks/{task}")).await;
    assert_eq!(
        whole.body["outcomes"][0]["groups"][0][0]["tool"],
        "calendar.delete_event"
    );

    let opened = served.post("/sessions", json!({ "task": task })).await;
    assert_eq!(opened.status, 201);
    assert_eq!(opened.body["task"]["prompt"], "Cancel event 00000003.");
    assert_eq!(opened.body["tools"].as_array().unwrap().len(), 27);
    let session = opened.body["session"].as_str().unwrap();
    let token = opened.body["token"].as_str().unwrap();
    let address = format!("{}/sessions/{session}", served.url);
    assert_eq!(opened.header("location"), Some(address.as_str()));
    assert_eq!(
        opened.body["addresses"]["calls"],
        format!("{address}/calls")
    );
    assert_eq!(
        opened.body["addresses"]["mcp"],
        format!("{address}/mcp?token={token}")
    );

    let path = |place: &str| format!("/sessions/{session}/{place}");
    let clock = served
        .ask(Method::GET, &path("clock"), Some(token), None)
        .await;
    assert_eq!(clock.body["clock"], "2026-06-11 09:00:00");
    let prompt = served
        .ask(Method::GET, &path("prompt"), Some(token), None)
        .await;
    assert_eq!(prompt.body["prompt"], "Cancel event 00000003.");
    let tools = served
        .ask(Method::GET, &path("tools"), Some(token), None)
        .await;
    assert_eq!(tools.body["tools"], opened.body["tools"]);
    let refused = served
        .call(
            session,
            token,
            "calendar.delete_event",
            json!({ "event_id": "9999" }),
        )
        .await;
    assert_eq!(
        (refused.status, &refused.body["refused"]),
        (200, &json!(true))
    );
    let done = served
        .call(
            session,
            token,
            "calendar_delete_event",
            json!({ "event_id": "3" }),
        )
        .await;
    assert_eq!((done.status, &done.body["refused"]), (200, &json!(false)));

    let changes = served.get(&path("changes")).await;
    assert_eq!(changes.body["changes"][0]["change"], "deleted");
    let finished = served
        .post(&path("finish"), json!({ "answer": "I did." }))
        .await;
    assert_eq!(
        finished.body["verdict"]["outcome"], "correct",
        "{finished:?}"
    );
    assert_eq!(finished.body["trace"].as_array().unwrap().len(), 2);
    assert_eq!(
        served.get(&path("trace")).await.body["trace"],
        finished.body["trace"]
    );
    let over = served
        .call(session, token, "calendar_search_events", json!({}))
        .await;
    assert_problem(&over, 409, "ended");
    let reset = served
        .ask(Method::POST, &path("reset"), Some(TOKEN), None)
        .await;
    assert_eq!((reset.status, reset.body), (200, json!({})));
    let closed = served
        .ask(
            Method::DELETE,
            &format!("/sessions/{session}"),
            Some(TOKEN),
            None,
        )
        .await;
    assert_eq!(closed.status, 204);
    let gone = served.get(&path("changes")).await;
    assert_problem(&gone, 404, "no-session");
}

#[tokio::test]
async fn many_sessions_are_opened_at_once_and_forked() {
    let served = start().await;
    let many = json!({ "sessions": [{ "task": "small.write.01" }, {}, { "seed": 3 }] });
    let opened = served.post("/sessions/batch", many).await;
    let worlds: Vec<&Json> = opened.body["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["world"])
        .collect();
    assert_eq!(worlds, ["office", "office", "office-3"]);
    let first = opened.body["sessions"][0]["session"].as_str().unwrap();
    let fork = served
        .ask(
            Method::POST,
            &format!("/sessions/{first}/fork"),
            Some(TOKEN),
            None,
        )
        .await;
    assert_eq!(fork.status, 201);
    assert_eq!(fork.body["task"]["id"], "small.write.01");
    let all = served.get("/sessions").await;
    assert_eq!(all.body["sessions"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn bodies_are_read_as_their_schemas_say() {
    let served = start().await;
    for nothing in [json!(null), json!({})] {
        assert_eq!(served.post("/sessions", nothing).await.status, 201);
    }
    let drawn = json!({ "suite": "small", "seed": 7.0 });
    assert_eq!(served.post("/sessions", drawn).await.status, 201);
    let half = json!({ "suite": "small", "seed": 7.5 });
    assert_problem(&served.post("/sessions", half).await, 422, "bad-parameters");
    for list in [json!([]), json!({ "sessions": [[]] })] {
        let refused = served.post("/sessions/batch", list).await;
        assert_problem(&refused, 422, "bad-parameters");
    }
}

#[tokio::test]
async fn an_export_is_a_zip_of_five_databases() {
    let served = start().await;
    let (session, token) = served.open(json!({})).await;
    let mail = json!({ "recipient": "x@else.example", "subject": "Hello", "body": "There" });
    served
        .call(&session, &token, "email.send_email", mail)
        .await;
    let request = served
        .client
        .get(format!("{}/sessions/{session}/export", served.url))
        .header("authorization", format!("Bearer {TOKEN}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/zip");
    let bytes = response.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: BTreeSet<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(names.len(), 5);
    let mut mails = Vec::new();
    zip.by_name("email.db")
        .unwrap()
        .read_to_end(&mut mails)
        .unwrap();
    assert!(mails.starts_with(b"SQLite format 3\0"));
    let hello = mails.windows(14).any(|bytes| bytes == b"x@else.example");
    assert!(hello, "the mail that was sent is in the export");
}

#[tokio::test]
async fn a_retried_call_sends_one_mail() {
    let served = start().await;
    let (session, token) = served.open(json!({})).await;
    let send = async |key: &str, subject: &str| {
        let mail = json!({ "recipient": "x@else.example", "subject": subject, "body": "There" });
        let body = json!({ "name": "email.send_email", "arguments": mail });
        let request = served
            .client
            .post(format!("{}/sessions/{session}/calls", served.url))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(body.to_string());
        read(request.send().await.unwrap()).await
    };
    let first = send("k1", "Hello").await;
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = send("k1", "Hello").await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.body, again.body);
    assert_problem(&send("k1", "Other").await, 422, "key-reused");
    for no_key in ["", "two words"] {
        assert_problem(&send(no_key, "Hello").await, 422, "bad-parameters");
    }
    let changes = served.get(&format!("/sessions/{session}/changes")).await;
    assert_eq!(changes.body["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_problem_names_its_fix() {
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let limits = GatewayLimits {
        sessions: 2,
        calls: 1,
        request_bytes: 1_000,
        ..GatewayLimits::default()
    };
    let gateway = Gateway::new(small::library(), SessionIds::Random)
        .with_limits(limits)
        .with_clock(move || Duration::from_secs(clock.load(Ordering::SeqCst)))
        .with_server_token(Some(TOKEN.to_owned()));
    let served = served::serve(gateway).await;
    let (session, token) = served.open(json!({})).await;
    let calls = format!("/sessions/{session}/calls");

    let raw = async |path: &str, kind: Option<&str>, body: String| {
        let mut request = served
            .client
            .post(format!("{}{path}", served.url))
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(body);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        read(request.send().await.unwrap()).await
    };
    assert_problem(
        &raw(&calls, Some("application/json"), "{".into()).await,
        400,
        "broken",
    );
    assert_problem(
        &raw(&calls, Some("application/json"), "{}".into()).await,
        422,
        "bad-parameters",
    );
    assert_problem(
        &raw(&calls, Some("text/plain"), "{}".into()).await,
        415,
        "content-type",
    );
    assert_problem(&raw(&calls, None, "{}".into()).await, 415, "content-type");
    let long = json!({ "name": "x".repeat(2_000) }).to_string();
    assert_problem(
        &raw(&calls, Some("application/json"), long).await,
        413,
        "too-large",
    );
    assert_problem(&served.get("/nothing").await, 404, "no-route");
    let put = served
        .ask(Method::PUT, "/sessions", Some(TOKEN), None)
        .await;
    assert_problem(&put, 405, "method-not-allowed");
    assert!(put.header("allow").unwrap().contains("POST"), "{put:?}");
    assert_problem(&served.get("/suites/large/tasks").await, 404, "unknown");
    assert_problem(
        &served.get("/suites/small/tasks?limit=many").await,
        422,
        "bad-parameters",
    );
    assert_problem(
        &served.get("/sessions/lost/changes").await,
        404,
        "no-session",
    );
    let lost = served
        .post("/sessions", json!({ "task": "small.lost.01" }))
        .await;
    assert_problem(&lost, 404, "unknown");
    let both = json!({ "task": "small.write.01", "seed": 1 });
    assert_problem(&served.post("/sessions", both).await, 422, "bad-parameters");

    let open = json!({});
    for shown in [None, Some("another"), Some(token.as_str())] {
        let refused = served
            .ask(Method::POST, "/sessions", shown, Some(&open))
            .await;
        assert_problem(&refused, 401, "unauthorized");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    let other = served.open(json!({})).await;
    assert_problem(
        &served
            .call(&session, &other.1, "calendar.search_events", json!({}))
            .await,
        401,
        "unauthorized",
    );
    assert_problem(
        &served.post("/sessions", json!({})).await,
        503,
        "too-many-sessions",
    );
    assert_eq!(
        served
            .call(&session, &token, "calendar.search_events", json!({}))
            .await
            .status,
        200
    );
    assert_problem(
        &served
            .call(&session, &token, "calendar.search_events", json!({}))
            .await,
        429,
        "too-many-calls",
    );

    let foreign = served
        .client
        .post(format!("{}/sessions", served.url))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("sec-fetch-site", "cross-site")
        .send();
    assert_problem(&read(foreign.await.unwrap()).await, 403, "foreign");

    now.store(1_000_000, Ordering::SeqCst);
    served.app.gateway().reap();
    assert_problem(
        &served
            .call(&session, &token, "calendar.search_events", json!({}))
            .await,
        410,
        "expired",
    );
}

#[tokio::test]
async fn without_a_token_the_server_answers_to_its_own_name_alone() {
    let served = served::serve(Gateway::new(small::library(), SessionIds::Random)).await;
    let ask = async |host: &str| {
        let request = served
            .client
            .get(format!("{}/suites", served.url))
            .header("host", host);
        read(request.send().await.unwrap()).await
    };
    for own in ["localhost:80", "127.0.0.1", "[::1]:8080", "LOCALHOST"] {
        assert_eq!(ask(own).await.status, 200, "{own}");
    }
    for other in ["rebound.example", "10.0.0.1:8080", "localhost.example"] {
        assert_problem(&ask(other).await, 403, "foreign");
    }
    // Whoever shows a session's token has no more than that session.
    let opened = served.ask(Method::POST, "/sessions", None, None).await;
    let token = opened.body["token"].as_str();
    let refused = served.ask(Method::GET, "/sessions", token, None).await;
    assert_problem(&refused, 401, "unauthorized");
    let session = opened.body["session"].as_str().unwrap();
    let path = format!("/sessions/{session}/tools");
    assert_eq!(
        served.ask(Method::GET, &path, token, None).await.status,
        200
    );
    assert_eq!(served.ask(Method::GET, &path, None, None).await.status, 200);
    assert_problem(
        &served.ask(Method::GET, &path, Some("another"), None).await,
        401,
        "unauthorized",
    );
}

#[tokio::test]
async fn requests_carry_an_id_and_are_counted() {
    let served = start().await;
    let (session, token) = served.open(json!({})).await;
    served
        .call(&session, &token, "calendar.search_events", json!({}))
        .await;
    served
        .call(&session, &token, "calendar.party", json!({}))
        .await;
    let with_id = served
        .client
        .get(format!("{}/health", served.url))
        .header("x-request-id", "mine-7");
    let answer = read(with_id.send().await.unwrap()).await;
    assert_eq!(answer.header("x-request-id"), Some("mine-7"));
    assert_ne!(
        served.get("/health").await.header("x-request-id"),
        served.get("/health").await.header("x-request-id")
    );
    let metrics = served.get("/metrics").await;
    assert_eq!(
        metrics.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "breakroom_sessions 1",
        "breakroom_sessions_opened_total 1",
        r#"breakroom_calls_total{tool="calendar_search_events",outcome="done"} 1"#,
        r#"breakroom_calls_total{tool="unknown",outcome="unknown_tool"} 1"#,
        r#"breakroom_http_requests_total{route="/sessions/{session}/calls",method="POST",status="200"} 2"#,
        r#"breakroom_call_seconds_count{tool="calendar_search_events"} 1"#,
    ] {
        assert!(
            metrics.text.lines().any(|found| found == line),
            "{line}\n{}",
            metrics.text
        );
    }
    let secret = served
        .ask(Method::GET, "/metrics", Some(&token), None)
        .await;
    assert_problem(&secret, 401, "unauthorized");
}

#[tokio::test]
async fn the_description_is_openapi_and_names_every_schema() {
    let served = start().await;
    let document = served
        .ask(Method::GET, "/openapi.json", None, None)
        .await
        .body;
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut used = BTreeSet::new();
    references(&document["paths"], &mut used);
    references(&document["components"]["responses"], &mut used);
    used.remove("Problem");
    used.insert("Problem".to_owned());
    let known: BTreeSet<String> = schemas.keys().cloned().collect();
    assert_eq!(used, known);
    for (name, schema) in schemas {
        jsonschema::draft202012::new(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    // Answers are as they are described.
    let fits = |name: &str, body: &Json| {
        let validator = jsonschema::draft202012::new(&schemas[name]).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(body)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}\n{body}");
    };
    let opened = served
        .post("/sessions", json!({ "task": "small.write.01" }))
        .await
        .body;
    fits("OpenedHere", &opened);
    let session = opened["session"].as_str().unwrap();
    fits(
        "Opened",
        &served.get(&format!("/sessions/{session}")).await.body,
    );
    fits("SessionList", &served.get("/sessions").await.body);
    fits(
        "Finished",
        &served
            .post(&format!("/sessions/{session}/finish"), json!({}))
            .await
            .body,
    );
    fits(
        "WholeTask",
        &served.get("/suites/small/tasks/small.across.01").await.body,
    );
    fits("Problem", &served.get("/nothing").await.body);
    fits("Health", &served.get("/ready").await.body);
    let page = served.ask(Method::GET, "/docs", None, None).await;
    assert!(page.text.contains("/sessions/{session}/calls"));
}

fn references(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(Json::as_str)
                && let Some(name) = name.strip_prefix("#/components/schemas/")
            {
                found.insert(name.to_owned());
            }
            object.values().for_each(|value| references(value, found));
        }
        Json::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_is_under_way() {
    let mut served = start().await;
    let (session, token) = served.open(json!({})).await;
    // A request whose body is not yet there; the server asks for it once the request is under way.
    let body =
        json!({ "name": "calendar.delete_event", "arguments": { "event_id": "3" } }).to_string();
    let head = format!(
        "POST /sessions/{session}/calls HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    let address = served.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    served.stop();
    // It does not listen any more: the next connection is refused, or ends without an answer.
    while served
        .client
        .get(format!("{}/health", served.url))
        .send()
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"refused\":false"), "{answer}");
    served.done.take().unwrap().await.unwrap().unwrap();
}
