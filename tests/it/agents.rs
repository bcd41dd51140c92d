//! Agents at work in the office that ships: models by script or on loopback, and programs.

use std::io::Read;
use std::time::Duration;

use crate::support::{Answer, Server, completion, has_python};
use breakroom::model_args::ModelArgs;
use breakroom_agent::react::run_react;
use breakroom_agent::tools::run_tools;
use breakroom_agent::{
    AgentEnding, AgentError, Episode, EpisodeEvent, EpisodeLimits, ModelConfig, Observer,
    OutputStream, SessionWorkplace, ToolSelection, Workplace,
};
use breakroom_model::Model;
use breakroom_model::chat::Sampling;
use breakroom_model::error::ErrorKind;
use breakroom_model::scripted::ScriptedModel;
use breakroom_runner::program::{SessionServer, exec};
use breakroom_tools::session::InitialState;
use clap::Parser;
use serde_json::{Value as Json, json};

/// What happened, in short lines.
#[derive(Default)]
struct Diary(Vec<String>);

impl Observer for Diary {
    fn on_event(&mut self, event: EpisodeEvent<'_>) {
        self.0.push(match event {
            EpisodeEvent::ConversationStarted { messages, tools } => {
                format!("began {} {}", messages.len(), tools.len())
            }
            EpisodeEvent::ModelReplied { reply } => format!("replied {}", reply.calls.len()),
            EpisodeEvent::ReplyRepaired { issues } => format!("mended {}", issues.len()),
            EpisodeEvent::ReplyRejected { reason } => format!("unreadable {reason}"),
            EpisodeEvent::ToolCalled { tool, outcome, .. } => format!(
                "called {tool} {}",
                if outcome.is_refused() {
                    "refused"
                } else {
                    "done"
                }
            ),
            EpisodeEvent::ProgramWrote {
                stream: OutputStream::Stdout,
                ..
            } => "wrote answer".into(),
            EpisodeEvent::ProgramWrote {
                stream: OutputStream::Stderr,
                text,
            } => format!("wrote log {text}"),
        });
    }
}

#[derive(Clone, Copy)]
enum Who<'a> {
    React(&'a dyn Model),
    Tools(&'a dyn Model),
    Exec(&'a str),
}

struct Done {
    ending: Result<AgentEnding, AgentError>,
    diary: Vec<String>,
    changes: usize,
}

const LIMITS: EpisodeLimits = EpisodeLimits {
    steps: 5,
    time: Duration::from_secs(3600),
    reply: Duration::from_secs(3600),
    context: None,
};

async fn work_within(
    who: Who<'_>,
    task: &str,
    limits: EpisodeLimits,
    selection: ToolSelection,
) -> Done {
    let mut session = InitialState::Native(breakroom::world::open(None).unwrap())
        .open()
        .unwrap();
    let mut diary = Diary::default();
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
        observer: &mut diary,
    };
    let config = |model| ModelConfig {
        model,
        sampling: Sampling::default(),
    };
    let ending = match who {
        Who::React(model) => run_react(config(model), episode).await,
        Who::Tools(model) => run_tools(config(model), episode).await,
        Who::Exec(command) => exec(command, &SessionServer::start().await.unwrap(), episode).await,
    };
    Done {
        ending,
        diary: diary.0,
        changes: session.changes().unwrap().len(),
    }
}

async fn work(who: Who<'_>, task: &str) -> Done {
    work_within(who, task, LIMITS, ToolSelection::All).await
}

fn script(replies: &[Json]) -> ScriptedModel {
    ScriptedModel::parse(&json!({"replies": replies}).to_string()).unwrap()
}

fn action(tool: &str, input: &Json) -> Json {
    json!(format!(
        "Thought: so.\nAction:\n```json\n{}\n```",
        json!({"action": tool, "action_input": input})
    ))
}

fn delete(id: &str) -> Json {
    json!({"event_id": id})
}

fn answered(text: &str) -> AgentEnding {
    AgentEnding::Answered(text.into())
}

#[test]
fn a_call_of_a_tool_that_is_not_offered_is_counted_too() {
    let mut session = InitialState::Native(breakroom::world::open(None).unwrap())
        .open()
        .unwrap();
    let selection = ToolSelection::Domains(vec!["calendar".into()]);
    let mut workplace = SessionWorkplace {
        session: &mut session,
        selection: &selection,
    };
    let mail = json!({"recipient": "a@b.example", "subject": "x", "body": "y"});
    assert!(
        workplace
            .call("email_send_email", &mail)
            .unwrap()
            .is_refused()
    );
    let deleted = workplace.call("calendar_delete_event", &delete("00000003"));
    assert!(!deleted.unwrap().is_refused());
    assert_eq!(session.changes().unwrap()[0].calls, [2]);
}

#[tokio::test]
async fn react_acts_is_refused_is_unreadable_and_answers() {
    let model = script(&[
        action("calendar.delete_event", &delete("99999999")),
        json!("Thought: hm"),
        json!(
            "```\n{'action': 'calendar_delete_event', 'action_input': {'event_id': '00000003'}}\n```"
        ),
        action("calendar.remove", &json!({})),
        action("Final Answer", &json!("Deleted.")),
    ]);
    let done = work(Who::React(&model), "Delete it").await;
    assert_eq!(done.ending.unwrap(), answered("Deleted."));
    assert_eq!(done.changes, 1);
    let expected = [
        "began 2 0",
        "replied 0",
        "called calendar.delete_event refused",
        "replied 0",
        "unreadable there is a thought, but neither an action nor a final answer",
        "replied 0",
        "mended 1",
        "called calendar_delete_event done",
        "replied 0",
        "called calendar.remove refused",
        "replied 0",
    ];
    assert_eq!(done.diary, expected);
}

#[tokio::test]
async fn tools_are_called_in_parallel_and_broken_arguments_are_refused() {
    let model = script(&[
        json!({"text": "I look.", "calls": [
            {"name": "calendar_delete_event", "arguments": delete("00000003")},
            {"name": "calendar_delete_event", "arguments": "{oops"},
            {"name": "calendar_remove"},
        ]}),
        json!(""),
        json!("Deleted."),
    ]);
    let done = work(Who::Tools(&model), "Delete it").await;
    assert_eq!(done.ending.unwrap(), answered("Deleted."));
    assert_eq!(done.changes, 1);
    let expected = [
        "began 2 27",
        "replied 3",
        "called calendar_delete_event done",
        "called calendar_delete_event refused",
        "called calendar_remove refused",
        "replied 0",
        "unreadable the reply is empty",
        "replied 0",
    ];
    assert_eq!(done.diary, expected);
}

#[tokio::test]
async fn only_tools_that_are_offered_can_be_called() {
    let selection = ToolSelection::Domains(vec!["email".into()]);
    let model = script(&[
        json!({"calls": [{"name": "calendar.delete_event", "arguments": delete("00000003")}]}),
        json!("No."),
    ]);
    let done = work_within(Who::Tools(&model), "Delete it", LIMITS, selection).await;
    assert_eq!(
        (done.diary[0].as_str(), done.diary[2].as_str()),
        ("began 2 7", "called calendar.delete_event refused")
    );
    assert_eq!(done.changes, 0);
}

#[tokio::test]
async fn an_agent_that_goes_on_and_on_ends_at_its_steps() {
    let replies = vec![action("calendar.delete_event", &delete("99999999")); 9];
    let native = vec![
        json!({"calls": [{"name": "calendar_delete_event", "arguments": delete("99999999")}]});
        9
    ];
    let (text, calls) = (script(&replies), script(&native));
    for who in [Who::React(&text), Who::Tools(&calls)] {
        let done = work(who, "Delete it").await;
        assert_eq!(done.ending.unwrap(), AgentEnding::StepLimit);
        assert_eq!(
            done.diary
                .iter()
                .filter(|line| line.starts_with("replied"))
                .count(),
            5
        );
    }
}

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    choice: ModelArgs,
}

async fn with_provider(
    answers: Vec<Answer>,
    limits: EpisodeLimits,
) -> Result<AgentEnding, AgentError> {
    let server = Server::start(answers).await;
    let base = format!("{}/v1", server.url);
    let arguments = [
        "x",
        "--model",
        "m",
        "--base-url",
        &base,
        "--retry-wait",
        "0",
        "--attempts",
        "2",
    ];
    let model = Options::parse_from(arguments).choice.open(0, None).unwrap();
    work_within(Who::Tools(&*model), "Do it", limits, ToolSelection::All)
        .await
        .ending
}

#[tokio::test]
async fn what_a_provider_does_is_a_fault_or_an_ending() {
    let fails = |status: u16, body: &str| vec![Answer::Whole(status, "", body.into())];
    let fault = with_provider(fails(500, "oops"), LIMITS).await.unwrap_err();
    assert!(
        matches!(fault, AgentError::Model(error) if error.kind == ErrorKind::Server && error.attempts == 2)
    );
    let long = "{\"error\": {\"code\": \"context_length_exceeded\"}}";
    assert_eq!(
        with_provider(fails(400, long), LIMITS).await.unwrap(),
        AgentEnding::ContextLimit
    );
    let tight = EpisodeLimits {
        context: Some(100),
        ..LIMITS
    };
    assert_eq!(
        with_provider(vec![completion("hi", &[])], tight)
            .await
            .unwrap(),
        AgentEnding::ContextLimit
    );
    let filtered = "{\"choices\": [{\"message\": {\"content\": \"\", \"refusal\": \"no\"}, \"finish_reason\": \"stop\"}]}";
    assert_eq!(
        with_provider(fails(200, filtered), LIMITS).await.unwrap(),
        AgentEnding::ModelRefused("no".into())
    );
    let short = EpisodeLimits {
        time: Duration::from_millis(20),
        ..LIMITS
    };
    assert_eq!(
        with_provider(vec![Answer::Silence], short).await.unwrap(),
        AgentEnding::TimeLimit
    );
    let impatient = EpisodeLimits {
        reply: Duration::from_millis(20),
        ..LIMITS
    };
    let fault = with_provider(vec![Answer::Silence], impatient)
        .await
        .unwrap_err();
    assert!(matches!(fault, AgentError::Model(error) if error.kind == ErrorKind::Timeout));
    assert_eq!(
        with_provider(vec![completion("hi", &[])], LIMITS)
            .await
            .unwrap(),
        answered("hi")
    );
}

#[tokio::test]
async fn a_script_that_ends_too_early_is_a_fault() {
    let done = work(Who::React(&script(&[json!("Thought: x")])), "Do it").await;
    assert!(
        matches!(done.ending, Err(AgentError::Model(error)) if error.kind == ErrorKind::Script)
    );
}

/// A command that sends these requests and prints all answers.
fn asking(requests: &[Json]) -> String {
    let lines: Vec<String> = requests
        .iter()
        .map(|request| format!("printf '%s\\n' '{request}' >&$BREAKROOM_FD_OUT; read -r answer <&$BREAKROOM_FD_IN; printf '%s\\n' \"$answer\""))
        .collect();
    lines.join("\n")
}

fn request(method: &str, parameters: &Json) -> Json {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
}

#[tokio::test]
async fn a_program_reaches_its_tools_and_nothing_else() {
    let call = |id| {
        request(
            "tools/call",
            &json!({"name": "calendar.delete_event", "arguments": delete(id)}),
        )
    };
    let command = asking(&[
        request("tools/list", &json!({})),
        call("00000003"),
        call("99999999"),
        request("tools/call", &json!({"name": "calendar.remove"})),
        request(
            "tools/call",
            &json!({"name": "calendar.delete_event", "session": "2"}),
        ),
        request("session/changes", &json!({"session": "1"})),
        json!("no message"),
    ]);
    let done = work(Who::Exec(&command), "Delete it").await;
    let AgentEnding::Answered(text) = done.ending.unwrap() else {
        unreachable!()
    };
    let answers: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["result"]["tools"].as_array().unwrap().len(), 27);
    assert_eq!(
        (
            &answers[1]["result"]["refused"],
            &answers[2]["result"]["refused"]
        ),
        (&json!(false), &json!(true))
    );
    let codes: Vec<_> = answers[3..]
        .iter()
        .map(|answer| answer["error"]["code"].as_i64().unwrap())
        .collect();
    assert_eq!(codes, [-32_602, -32_602, -32_601, -32_600]);
    assert_eq!(done.changes, 1);
    assert_eq!(
        done.diary[1..],
        [
            "called calendar.delete_event done",
            "called calendar.delete_event refused",
            "called calendar.remove refused",
            "wrote answer"
        ]
    );
}

#[tokio::test]
async fn a_program_gets_the_prompt_the_clock_and_the_owner() {
    let command = "cat; echo \"$BREAKROOM_CLOCK $BREAKROOM_OWNER\"; echo hello >&2";
    let done = work(Who::Exec(command), "Say it").await;
    assert_eq!(
        done.ending.unwrap(),
        answered("Say it\n2026-06-11 09:00:00 efua.soderberg@halden.example")
    );
    assert_eq!(done.diary[1..], ["wrote answer", "wrote log hello\n"]);
}

#[tokio::test]
async fn a_program_that_fails_says_how() {
    let failed = |text: &str| AgentEnding::ProgramFailed(text.into());
    let end = async |command: &str| work(Who::Exec(command), "Do it").await.ending;
    assert_eq!(
        end("echo half; echo 'no luck' >&2; exit 3").await.unwrap(),
        failed("exit status: 3: no luck")
    );
    assert_eq!(
        end("kill -TERM $$").await.unwrap(),
        failed("signal: 15 (SIGTERM): it wrote nothing to standard error")
    );
    assert_eq!(
        end("yes").await.unwrap(),
        failed("it wrote more than 1048576 bytes to standard output")
    );
    assert_eq!(
        end("yes | tr -d '\\n' >&$BREAKROOM_FD_OUT").await.unwrap(),
        failed("it sent a line of more than 1048576 bytes")
    );
    assert!(
        matches!(end("/no/such/program").await, Err(AgentError::Program(text)) if text.contains("/no/such/program"))
    );
    assert_eq!(end("exec <&-").await.unwrap(), answered(""));
}

#[tokio::test]
async fn a_program_ends_at_the_deadline() {
    let limits = EpisodeLimits {
        time: Duration::from_millis(20),
        ..LIMITS
    };
    for command in ["sleep 600", "trap '' TERM; while :; do sleep 600; done"] {
        let done = work_within(Who::Exec(command), "Do it", limits, ToolSelection::All).await;
        assert_eq!(done.ending.unwrap(), AgentEnding::TimeLimit);
    }
}

/// What a program left running dies with it: it holds one end of a pipe, which this test reads to its end.
#[tokio::test]
async fn nothing_that_a_program_started_outlives_it() {
    let call = request("tools/call", &json!({"name": "calendar.delete_event"}));
    let endless = format!("while :; do {}; done", asking(&[call]));
    for (name, then, ending) in [
        ("exits", "exit 0", answered("")),
        ("calls", endless.as_str(), AgentEnding::StepLimit),
    ] {
        let path =
            std::env::temp_dir().join(format!("breakroom-{}-{name}.fifo", std::process::id()));
        let made = std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        let opened = path.clone();
        let left = std::thread::spawn(move || {
            let mut said = String::new();
            std::fs::File::open(opened)
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            said
        });
        // The shell opens the pipe before it goes on.
        let command = format!(
            "exec 9>'{}'; (sleep 600; echo late >&9) & {then}",
            path.display()
        );
        let done = work(Who::Exec(&command), "Do it").await;
        assert_eq!(done.ending.unwrap(), ending);
        assert_eq!(left.join().unwrap(), "");
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn the_example_in_shell_works() {
    let command = format!("sh {}/examples/agents/agent.sh", env!("CARGO_MANIFEST_DIR"));
    let done = work(
        Who::Exec(&command),
        "How many events are called \"review\"?",
    )
    .await;
    assert_eq!(
        done.ending.unwrap(),
        answered("There are 45 events with \"review\" in their names.")
    );
}

#[tokio::test]
async fn the_example_in_python_works() {
    if !has_python() {
        return;
    }
    let delete = r#"{"event_id": "00000003"}"#;
    let server = Server::start(vec![
        completion(
            "",
            &[
                ("calendar_delete_event", delete),
                ("calendar_delete_event", "{oops"),
            ],
        ),
        completion("Deleted.", &[]),
    ])
    .await;
    let command = format!(
        "MODEL=m BASE_URL={}/v1 no_proxy=127.0.0.1 python3 {}/examples/agents/agent.py",
        server.url,
        env!("CARGO_MANIFEST_DIR")
    );
    let done = work(Who::Exec(&command), "Delete it").await;
    assert_eq!(
        done.ending.unwrap(),
        answered("Deleted."),
        "{:?}",
        done.diary
    );
    assert_eq!(done.changes, 1);
    let seen = server.seen();
    assert_eq!(seen[0].body["tools"].as_array().unwrap().len(), 27);
    assert!(
        seen[1].body["messages"][4]["content"]
            .as_str()
            .unwrap()
            .contains("no JSON")
    );
}

/// A runner works on many tasks at once: whole episodes move between threads.
#[tokio::test]
async fn an_episode_runs_on_any_thread() {
    let model = script(&[action("Final Answer", &json!("Done."))]);
    let react = tokio::spawn(async move { work(Who::React(&model), "Do it").await });
    let model = script(&[json!("Done.")]);
    let tools = tokio::spawn(async move { work(Who::Tools(&model), "Do it").await });
    let exec = tokio::spawn(async { work(Who::Exec("echo Done."), "Do it").await });
    for episode in [react, tools, exec] {
        assert_eq!(episode.await.unwrap().ending.unwrap(), answered("Done."));
    }
}
