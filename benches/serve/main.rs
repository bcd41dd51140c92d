//! What the server costs beside a bare echo of axum that takes and gives as many bytes, over loopback, in the same run: server, echo and load
//! share the machine's cores.
//!
//! `cargo bench --bench serve` prints ratios; `-- --soak EPISODES` runs that many episodes and says what they left, `-- --echo EPISODES` as many
//! of the echo, for a profiler.
#![allow(clippy::unwrap_used, missing_docs)]

mod connection;

use std::borrow::Cow;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::any;
use breakroom_gateway::wire::{AgentCall, OpenRequest};
use breakroom_gateway::{Gateway, GatewayLimits, Library, SessionIds};
use breakroom_sandbox::world::World;
use breakroom_server::http::{AppState, Server};
use breakroom_tasks::suite::Suite;
use connection::Connection;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;

/// A request: method, path and body.
type Request = (&'static str, String, Cow<'static, str>);

fn calls() -> [Json; 5] {
    let mail = "olwen.hallam@halden.example";
    [
        json!({ "name": "calendar_search_events", "arguments": { "query": "review", "page_size": 5 } }),
        json!({ "name": "company_directory_find_email_address", "arguments": { "name": "olwen" } }),
        json!({ "name": "email_search_emails", "arguments": { "query": "budget review", "page_size": 5 } }),
        json!({ "name": "calendar_create_event", "arguments": { "event_name": "Tea", "participant_email": mail, "event_start": "2026-06-12 16:00", "duration": 15 } }),
        json!({ "name": "email_send_email", "arguments": { "recipient": mail, "subject": "Tea", "body": "It is at four." } }),
    ]
}

/// The bodies of the calls, written once: writing them is no cost of the server.
fn bodies() -> &'static [String; 5] {
    static BODIES: LazyLock<[String; 5]> = LazyLock::new(|| calls().map(|call| call.to_string()));
    &BODIES
}

/// The requests of an episode after the first, which opens the session.
fn episode(session: &str) -> Vec<Request> {
    let path = |place: &str| format!("/sessions/{session}{place}");
    let calls = bodies().iter();
    let mut requests: Vec<Request> = calls
        .map(|body| ("POST", path("/calls"), Cow::Borrowed(body.as_str())))
        .collect();
    let answer = r#"{"answer":"Done."}"#;
    requests.push(("POST", path("/finish"), answer.into()));
    requests.push(("DELETE", path(""), "".into()));
    requests
}

fn opening(task: &str) -> Request {
    (
        "POST",
        "/sessions".to_owned(),
        json!({ "task": task }).to_string().into(),
    )
}

async fn open(connection: &mut Connection, task: &str) -> String {
    let (method, path, body) = opening(task);
    let opened = connection.ask(method, &path, &body).await;
    // The session's id comes first: reading the rest would be a cost of the load.
    let text = std::str::from_utf8(&opened[..64]).unwrap();
    text.split('"').nth(3).unwrap().to_owned()
}

async fn play(connection: &mut Connection, task: &str) {
    let session = open(connection, task).await;
    for (method, path, body) in episode(&session) {
        connection.ask(method, &path, &body).await;
    }
}

/// The same episode of the echo: as many requests, with as many bytes each way.
async fn echoed(address: &str, task: &str) -> Vec<Request> {
    let mut connection = Connection::open(address).await;
    let (method, path, body) = opening(task);
    let length = connection.ask(method, &path, &body).await.len();
    let mut requests = vec![("POST", format!("/echo/{length}"), body)];
    let session = open(&mut connection, task).await;
    for (method, path, body) in episode(&session) {
        let length = connection.ask(method, &path, &body).await.len();
        requests.push((method, format!("/echo/{length}"), body));
    }
    requests
}

/// Runs `work` that many times over all connections and returns how many a second there were.
async fn rate<F>(
    address: &str,
    times: usize,
    work: impl Fn(Connection, Arc<AtomicUsize>) -> F,
) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let left = Arc::new(AtomicUsize::new(times));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await);
    }
    let began = Instant::now();
    let running: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(work(connection, Arc::clone(&left))))
        .collect();
    for one in running {
        one.await.unwrap();
    }
    times as f64 / began.elapsed().as_secs_f64()
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}

/// How long each of that many requests took, sorted.
async fn latencies(
    connection: &mut Connection,
    requests: &[Request],
    times: usize,
) -> Vec<Duration> {
    let mut taken = Vec::with_capacity(times);
    for (method, path, body) in requests.iter().cycle().take(times) {
        let began = Instant::now();
        connection.ask(method, path, body).await;
        taken.push(began.elapsed());
    }
    taken.sort();
    taken
}

fn percentile(taken: &[Duration], part: f64) -> f64 {
    taken[((taken.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6
}

/// The middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Bytes of memory that the process has.
fn memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096.0
}

async fn serve() -> (String, Arc<AppState>) {
    let mut library = Library::of(World::office());
    library.add_suite(Suite::office_690().unwrap()).unwrap();
    let limits = GatewayLimits {
        sessions: 20_000,
        calls: u32::MAX,
        ..GatewayLimits::default()
    };
    let app = AppState::new(
        Gateway::new(library, SessionIds::Random).with_limits(limits),
        None,
    );
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), Arc::clone(&app))
        .await
        .unwrap();
    let address = server.address().unwrap().to_string();
    tokio::spawn(server.serve(std::future::pending()));
    (address, app)
}

async fn echo() -> String {
    let text: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    let answer = async move |Path(length): Path<usize>, _: Bytes| &text[..length];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = Router::new().route("/echo/{length}", any(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// How many episodes of the server there are a second.
async fn played(address: &str, task: &Arc<str>, times: usize) -> f64 {
    let play = |mut connection, left: Arc<AtomicUsize>| {
        let task = Arc::clone(task);
        async move {
            while take(&left) {
                play(&mut connection, &task).await;
            }
        }
    };
    rate(address, times, play).await
}

/// How many of the echo's.
async fn repeated(echo: &str, requests: &Arc<Vec<Request>>, times: usize) -> f64 {
    let play = |mut connection: Connection, left: Arc<AtomicUsize>| {
        let requests = Arc::clone(requests);
        async move {
            while take(&left) {
                for (method, path, body) in requests.iter() {
                    connection.ask(method, path, body).await;
                }
            }
        }
    };
    rate(echo, times, play).await
}

async fn episodes(address: &str, echo: &str, task: &str, times: usize) {
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    let requests = Arc::new(echoed(address, task).await);
    let task = task.into();
    for _ in 0..ROUNDS {
        own.push(played(address, &task, times).await);
        bare.push(repeated(echo, &requests, times).await);
    }
    let (own, bare) = (median(own), median(bare));
    println!(
        "episodes a second, {CONNECTIONS} connections: {own:.0}, the echo {bare:.0}: {:.2} (goal 0.40)",
        own / bare
    );
}

/// What an episode takes where nothing is sent: the work that no server can save.
fn without_http(app: &AppState, task: &str, times: usize) {
    let harness = app.gateway().trusted();
    let open = OpenRequest {
        task: Some(task.to_owned()),
        ..OpenRequest::default()
    };
    let calls = calls().map(|call| serde_json::from_value::<AgentCall>(call).unwrap());
    let play = || {
        let session = harness.open(&open).unwrap().session;
        let agent = harness.agent_session(&session).unwrap();
        for call in &calls {
            agent.call(call.clone(), None).unwrap();
        }
        harness.finish(&session, Some("Done.")).unwrap();
        harness.close(&session).unwrap();
    };
    let round = || {
        let began = Instant::now();
        (0..times).for_each(|_| play());
        began.elapsed().as_secs_f64() * 1e6 / times as f64
    };
    let took = median((0..ROUNDS).map(|_| round()).collect());
    println!("the same episode without HTTP: {took:.0} us of one core");
}

/// The calls of an episode that only read, in one session.
fn reading(session: &str) -> Vec<Request> {
    let requests = episode(session);
    requests.into_iter().take(3).collect()
}

async fn one_call(address: &str, echo: &str, task: &str, times: usize) {
    let mut connection = Connection::open(address).await;
    let mut bare = Connection::open(echo).await;
    let session = open(&mut connection, task).await;
    println!("one call over a kept connection, to the echo (goal p50 2.5, p99 4):");
    for (call, name) in [
        (0, "search events"),
        (1, "directory"),
        (2, "search mails"),
        (3, "create event"),
        (4, "send mail"),
    ] {
        let requests = vec![episode(&session).swap_remove(call)];
        let (method, path, body) = &requests[0];
        let length = connection.ask(method, path, body).await.len();
        let same = vec![("POST", format!("/echo/{length}"), body.clone())];
        let (mut p50, mut p99) = (Vec::new(), Vec::new());
        let mut micros = (0.0, 0.0);
        for _ in 0..ROUNDS {
            let reset = format!("/sessions/{session}/reset");
            connection.ask("POST", &reset, "").await;
            let own = latencies(&mut connection, &requests, times).await;
            let echoed = latencies(&mut bare, &same, times).await;
            p50.push(percentile(&own, 0.5) / percentile(&echoed, 0.5));
            p99.push(percentile(&own, 0.99) / percentile(&echoed, 0.99));
            micros = (percentile(&own, 0.5), percentile(&echoed, 0.5));
        }
        println!(
            "  {name}: p50 {:.2}, p99 {:.2} ({:.0} us, the echo {:.0} us)",
            median(p50),
            median(p99),
            micros.0,
            micros.1
        );
    }
    connection
        .ask("DELETE", &format!("/sessions/{session}"), "")
        .await;
}

/// Calls among 10,000 sessions, by turns with calls of the only session of another server: minutes differ more than the two do.
async fn many_sessions(address: &str, task: &str, times: usize) {
    let (elsewhere, _) = serve().await;
    let mut lonely = Connection::open(&elsewhere).await;
    let only = reading(&open(&mut lonely, task).await);
    let mut connection = Connection::open(address).await;
    let before = memory();
    let mut sessions = Vec::new();
    while sessions.len() < 10_000 {
        sessions.push(open(&mut connection, task).await);
    }
    let each = (memory() - before) / 10_000.0 / 1_024.0;
    let busy: Vec<Request> = sessions
        .iter()
        .step_by(100)
        .flat_map(|session| reading(session))
        .collect();
    let one = reading(&sessions[0]);
    // A first call of each session compiles its statements.
    latencies(&mut connection, &busy, busy.len()).await;
    latencies(&mut lonely, &only, only.len()).await;
    let (mut p50, mut p99, mut of_one) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let alone = latencies(&mut lonely, &only, times).await;
        let among = latencies(&mut connection, &busy, times).await;
        let one = latencies(&mut connection, &one, times).await;
        p50.push(percentile(&among, 0.5) / percentile(&alone, 0.5));
        p99.push(percentile(&among, 0.99) / percentile(&alone, 0.99));
        of_one.push(percentile(&one, 0.5) / percentile(&alone, 0.5));
    }
    println!(
        "10,000 sessions alive, one in 100 busy, to one alone: p50 {:.2}, p99 {:.2}; one of them, p50 {:.2} (goal 1); {each:.0} KiB a session",
        median(p50),
        median(p99),
        median(of_one),
    );
    for session in sessions {
        connection
            .ask("DELETE", &format!("/sessions/{session}"), "")
            .await;
    }
}

async fn soak(address: &str, app: &AppState, task: &str, episodes: usize) {
    let tenth = episodes / 10;
    let task = task.into();
    for part in 1..=10 {
        let rate = played(address, &task, tenth).await;
        println!(
            "{} episodes, {rate:.0} a second: {:.1} MiB, {} sessions open",
            part * tenth,
            memory() / 1_048_576.0,
            app.gateway().open_sessions()
        );
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (address, app) = serve().await;
    let task = Suite::office_690().unwrap().tasks[0].id.clone();
    let count_of = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        let count = arguments.get(place + 1).and_then(|text| text.parse().ok());
        Some(count.unwrap_or(100_000))
    };
    if let Some(count) = count_of("--soak") {
        return soak(&address, &app, &task, count).await;
    }
    let echo = echo().await;
    if let Some(count) = count_of("--echo") {
        let requests = Arc::new(echoed(&address, &task).await);
        let rate = repeated(&echo, &requests, count).await;
        return println!("{count} episodes of the echo, {rate:.0} a second");
    }
    episodes(&address, &echo, &task, 2_000).await;
    without_http(&app, &task, 500);
    one_call(&address, &echo, &task, 3_000).await;
    many_sessions(&address, &task, 3_000).await;
}
