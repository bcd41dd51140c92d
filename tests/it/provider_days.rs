//! Whole runs on a provider's good days and bad ones: each episode ends in the right class, faults are counted apart, and nothing hangs.

use crate::support::runs::{Folder, action, answer, breakroom, call, suite, task};
use crate::support::{Answer, Server, completion};
use breakroom_record::errors::ErrorClass;
use breakroom_record::folder::RunFolder;
use breakroom_record::record::EpisodeRecord;
use breakroom_record::trace::TraceEvent;
use breakroom_tasks::task::Call;
use breakroom_tasks::verdict::Outcome;
use serde_json::{Value as Json, json};

fn mail(subject: &str) -> Json {
    json!({ "recipient": "olwen.hallam@halden.example", "subject": subject, "body": "Hello" })
}

fn mails() -> Vec<Call> {
    ["Tea", "Cake"]
        .map(|subject| call("email.send_email", mail(subject)))
        .to_vec()
}

/// A reply of native calls.
fn calling(calls: &[(&str, &str)]) -> Answer {
    completion("", calls)
}

/// Both mails in one reply.
fn both() -> Answer {
    let (tea, cake) = (mail("Tea").to_string(), mail("Cake").to_string());
    calling(&[("email_send_email", &tea), ("email_send_email", &cake)])
}

fn done() -> Answer {
    completion("Done.", &[])
}

/// The same reply as a stream, in small parts.
fn streamed(answer: Answer) -> Answer {
    let Answer::Whole(_, _, body) = answer else {
        return answer;
    };
    let body: Json = serde_json::from_str(&body).unwrap();
    let message = &body["choices"][0]["message"];
    let mut parts = vec![json!({ "content": message["content"] })];
    for (index, call) in message["tool_calls"].as_array().unwrap().iter().enumerate() {
        let arguments = call["function"]["arguments"].as_str().unwrap();
        let (left, right) = arguments.split_at(arguments.len() / 2);
        parts.push(json!({ "tool_calls": [{ "index": index, "id": call["id"], "function": { "name": call["function"]["name"], "arguments": left } }] }));
        parts.push(
            json!({ "tool_calls": [{ "index": index, "function": { "arguments": right } }] }),
        );
    }
    let mut text: String = parts
        .iter()
        .map(|part| format!("data: {}\n\n", json!({ "choices": [{ "delta": part }] })))
        .collect();
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": body["choices"][0]["finish_reason"] }], "usage": body["usage"] });
    text.push_str(&format!("data: {end}\n\ndata: [DONE]\n\n"));
    Answer::Events(text)
}

/// What a run of one task came to.
struct Played {
    code: i32,
    record: EpisodeRecord,
    trace: Vec<TraceEvent>,
    requests: usize,
    said: String,
}

async fn played(name: &str, answers: Vec<Answer>, more: &[&str]) -> Played {
    let folder = Folder::new(&format!("days-{name}"));
    let prompt = "Mail olwen.hallam@halden.example about tea, and about cake.";
    let suite = folder.file(
        "suite.jsonl",
        &suite(vec![task("mail.two", prompt, &mails())]),
    );
    let server = Server::start(answers).await;
    let out = folder.path("run");
    let arguments = [
        "run",
        "--suite",
        &suite,
        "--out",
        &out,
        "--model",
        "m",
        "--base-url",
        &server.url,
        "--attempts",
        "3",
        "--retry-wait",
        "0",
        "--max-steps",
        "4",
    ];
    let output = breakroom(&[&arguments[..], more].concat());
    let run = RunFolder::read(&folder.0.join("run")).unwrap();
    Played {
        code: output.status.code().unwrap(),
        trace: run.trace(&run.episodes[0]).unwrap(),
        record: run.episodes.into_iter().next().unwrap(),
        requests: server.seen().len(),
        said: String::from_utf8(output.stderr).unwrap(),
    }
}

const NATIVE: [&str; 2] = ["--agent", "tools"];

/// A run that is right in the end, after so many requests.
async fn right(name: &str, answers: Vec<Answer>, more: &[&str], requests: usize) {
    let played = played(name, answers, more).await;
    let record = &played.record;
    assert_eq!(
        (played.code, record.outcome),
        (0, Outcome::Correct),
        "{name}: {record:?}"
    );
    assert_eq!((record.class, played.requests), (None, requests), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn good_days() {
    right("whole", vec![both(), done()], &NATIVE, 2).await;
    let streaming = [&NATIVE[..], &["--stream"]].concat();
    right(
        "stream",
        vec![streamed(both()), streamed(done())],
        &streaming,
        2,
    )
    .await;
    let text = |reply: Json| completion(reply.as_str().unwrap(), &[]);
    let replies = [
        action("email.send_email", &mail("Tea")),
        action("email.send_email", &mail("Cake")),
        answer("Done."),
    ];
    right("text", replies.map(text).to_vec(), &["--agent", "react"], 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_moments_pass() {
    let status = |status, headers, body: &str| Answer::Whole(status, headers, body.to_owned());
    let moments = [
        ("busy", status(429, "retry-after: 0\r\n", "{}")),
        ("broken", status(500, "", "oops")),
        ("garbage", status(200, "", "<html>")),
        ("cut", Answer::CutOff("{\"choices\": [{\"mess".into())),
        ("closed", Answer::Closed),
    ];
    for (name, moment) in moments {
        right(name, vec![moment, both(), done()], &NATIVE, 3).await;
    }
    let half =
        Answer::Events("data: {\"choices\": [{\"delta\": {\"content\": \"I lo\"}}]}\n\n".into());
    let streaming = [&NATIVE[..], &["--stream"]].concat();
    right(
        "half-stream",
        vec![half, streamed(both()), streamed(done())],
        &streaming,
        3,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_last_are_faults_apart_and_exit_three() {
    let status = |status, body: &str| Answer::Whole(status, "", body.to_owned());
    let lasting = [
        ("always-500", status(500, "oops"), 3),
        ("always-429", status(429, "{}"), 3),
        ("always-garbage", status(200, "<html>"), 3),
        (
            "always-cut",
            Answer::CutOff("{\"choices\": [{\"mess".into()),
            3,
        ),
        (
            "no-such-model",
            status(404, "{\"error\": {\"message\": \"no such model\"}}"),
            1,
        ),
    ];
    for (name, failure, attempts) in lasting {
        // It fails in the middle of an episode that has changed something.
        let played = played(name, vec![both(), failure], &NATIVE).await;
        let record = &played.record;
        assert_eq!((played.code, record.outcome), (3, Outcome::Fault), "{name}");
        assert_eq!(record.class, Some(ErrorClass::ProviderFault), "{name}");
        assert_eq!(played.requests, 1 + attempts, "{name}");
        assert!(
            played.said.contains("1 of 1 episodes are faults"),
            "{}",
            played.said
        );
        // What was done until then is kept.
        assert_eq!(record.calls, 2, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_says_nothing_ends_at_the_deadline_of_a_reply_or_of_the_episode() {
    let silence = vec![Answer::Silence];
    let reply = played("slow-reply", silence.clone(), &["--reply-timeout", "0"]).await;
    assert_eq!(
        (reply.code, reply.record.class),
        (3, Some(ErrorClass::ProviderFault))
    );
    let episode = played("slow-episode", silence, &["--timeout", "1"]).await;
    assert_eq!(
        (episode.code, episode.record.class),
        (0, Some(ErrorClass::TimeLimit))
    );
    assert_eq!(episode.record.outcome, Outcome::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_does_wrong_is_its_own() {
    let cases = [
        (
            "unknown",
            vec![calling(&[("email_write", "{}")]), done()],
            ErrorClass::UnknownTool,
        ),
        (
            "no-json",
            vec![calling(&[("email_send_email", "{\"recipient\": ")]), done()],
            ErrorClass::MalformedAction,
        ),
        (
            "empty",
            vec![completion("", &[])],
            ErrorClass::MalformedAction,
        ),
        (
            "half",
            vec![both_but_one(), done()],
            ErrorClass::MissingAction,
        ),
        (
            "twice",
            vec![both(), both_but_one(), done()],
            ErrorClass::DuplicateAction,
        ),
        (
            "on-and-on",
            vec![calling(&[("email_search_emails", "{}")])],
            ErrorClass::StepLimit,
        ),
    ];
    for (name, answers, class) in cases {
        let played = played(name, answers, &NATIVE).await;
        assert_eq!(
            (played.code, played.record.class),
            (0, Some(class)),
            "{name}: {:?}",
            played.record.marks
        );
        assert!(
            matches!(played.trace.last(), Some(TraceEvent::Ended { .. })),
            "{name}"
        );
    }
}

fn both_but_one() -> Answer {
    calling(&[("email_send_email", &mail("Tea").to_string())])
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_do_not_know_of_each_others_results() {
    // The second call guesses the id of the mail that the first one sends.
    let (tea, cake) = (mail("Tea").to_string(), mail("Cake").to_string());
    let reply = json!({ "email_id": "00000501", "body": "And cake" }).to_string();
    let at_once = calling(&[("email_send_email", &tea), ("email_reply_email", &reply)]);
    let played = played(
        "at-once",
        vec![at_once, calling(&[("email_send_email", &cake)]), done()],
        &NATIVE,
    )
    .await;
    assert_eq!(
        played.record.class,
        Some(ErrorClass::Guessed),
        "{:?}",
        played.record.marks
    );
    let calls = played
        .trace
        .iter()
        .filter(|line| matches!(line, TraceEvent::Called { .. }));
    assert_eq!(calls.count(), 3);
}
