//! The scripted model server as a user starts it, and clients of it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use breakroom::model_args::ModelArgs;
use breakroom_model::chat::{ChatRequest, Message, Sampling, ToolSpec};
use breakroom_model::error::ErrorKind;
use breakroom_record::folder::RunFolder;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tools::native;
use clap::Parser;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value as Json, json};

use super::runs::run;

/// The server as a user starts it; it ends with the test.
pub struct Served {
    child: Child,
    /// Such as `http://127.0.0.1:4711`.
    pub url: String,
}

impl Served {
    pub fn start(arguments: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_breakroom"))
            .args(["model", "serve"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let told: Json = serde_json::from_str(&line).unwrap();
        let base = told["base_url"].as_str().unwrap();
        let url = base.strip_suffix("/v1").unwrap().to_owned();
        Served { child, url }
    }

    /// Ends it as a user would, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let id = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(id), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// The base URL that a model of that name takes.
    pub fn base(&self, model: &str) -> String {
        if model.starts_with("anthropic:") {
            self.url.clone()
        } else {
            format!("{}/v1", self.url)
        }
    }

    /// Runs an agent of this program.
    pub fn run(&self, out: &str, agent: &str, model: &str, more: &[&str]) -> RunFolder {
        let base = self.base(model);
        let arguments = ["--agent", agent, "--model", model, "--base-url", &base];
        let patience = ["--max-steps", "40", "--retry-wait", "0"];
        run(out, &[&arguments[..], &patience, more].concat())
    }

    pub async fn post(&self, path: &str, body: &Json) -> reqwest::Response {
        let client = client();
        let request = client.post(format!("{}{path}", self.url));
        request.body(body.to_string()).send().await.unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The first task of every template.
pub fn of_every_template() -> Vec<Task> {
    let mut tasks: BTreeMap<String, Task> = BTreeMap::new();
    for task in Suite::office_690().unwrap().tasks {
        tasks.entry(task.template.clone()).or_insert(task);
    }
    tasks.into_values().collect()
}

pub fn suite_of(tasks: Vec<Task>) -> String {
    let mut suite = Suite::office_690().unwrap();
    suite.header.tasks = tasks.len();
    suite.tasks = tasks;
    suite.to_jsonl()
}

/// The tasks of these templates.
pub fn few() -> Vec<Task> {
    let mut few = of_every_template();
    few.retain(|task| task.difficulty.writes > 0 && task.difficulty.reads > 0);
    few.into_iter().step_by(8).take(4).collect()
}

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    choice: ModelArgs,
}

/// What a model of this program makes of one request about a task.
pub async fn asked(
    served: &Served,
    model: &str,
    more: &[&str],
    task: &Task,
) -> Result<Json, ErrorKind> {
    let base = served.base(model);
    let arguments = [
        "x",
        "--model",
        model,
        "--base-url",
        &base,
        "--retry-wait",
        "0",
    ];
    let choice = Options::parse_from([&arguments[..], more].concat()).choice;
    let model = choice.open(0, None).unwrap();
    let tools: Vec<ToolSpec> = native::catalog()
        .iter()
        .map(|tool| ToolSpec {
            name: tool.name.clone(),
            description: tool.description.clone(),
            schema: tool.schema.clone(),
        })
        .collect();
    let messages = [Message::User {
        text: task.prompt.clone(),
    }];
    let request = ChatRequest {
        messages: &messages,
        tools: &tools,
        stop: &[],
        sampling: Sampling::default(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(3600),
    };
    let reply = model.ask(request).await.map_err(|error| error.kind)?;
    Ok(json!([
        reply.text,
        reply.calls,
        reply.stop_reason,
        reply.usage
    ]))
}

/// A request about a task, by API, after one look-up; `text` asks for text ReAct in place of tools.
pub fn request(path: &str, task: &Task, text: bool) -> Json {
    let prompt = json!({"role": "user", "content": task.prompt});
    let (tool, arguments) = ("calendar_search_events", json!({"query": "tea"}));
    let result = json!({"total": 0, "page": 1, "pages": 0, "results": []}).to_string();
    let tools = native::catalog().iter();
    if text {
        let prompt = format!("Reply with action_input.\n{}", task.prompt);
        let action = json!({"action": tool, "action_input": arguments});
        return json!({"model": "x", "messages": [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": format!("Action:\n```json\n{action}\n```")},
            {"role": "user", "content": format!("Observation: {result}")},
        ]});
    }
    match path {
        "/v1/chat/completions" => json!({
            "model": "x",
            "messages": [
                prompt,
                {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": tool, "arguments": arguments.to_string()}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": result},
            ],
            "tools": tools
                .map(|tool| json!({"type": "function", "function": {"name": tool.name, "parameters": tool.schema}}))
                .collect::<Json>(),
        }),
        "/v1/responses" => json!({
            "model": "x",
            "input": [
                prompt,
                {"type": "function_call", "call_id": "call_1", "name": tool, "arguments": arguments.to_string()},
                {"type": "function_call_output", "call_id": "call_1", "output": result},
            ],
            "tools": tools
                .map(|tool| json!({"type": "function", "name": tool.name, "parameters": tool.schema}))
                .collect::<Json>(),
        }),
        _ => json!({
            "model": "x",
            "max_tokens": 100,
            "messages": [
                prompt,
                {"role": "assistant", "content": [{"type": "tool_use", "id": "call_1", "name": tool, "input": arguments}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": result}]}]},
            ],
            "tools": tools
                .map(|tool| json!({"name": tool.name, "input_schema": tool.schema}))
                .collect::<Json>(),
        }),
    }
}

/// A text without letters that an editor or a terminal takes for orders.
fn visible(text: &str) -> String {
    let letters = text.chars().map(|letter| {
        if letter.is_ascii() || "–“”…".contains(letter) {
            letter.to_string()
        } else {
            letter.escape_unicode().to_string()
        }
    });
    letters.collect()
}

/// What an answer is, in one short line.
pub async fn in_short(response: reqwest::Response) -> String {
    let status = response.status().as_u16();
    let waits = response.headers().get("retry-after");
    let waits = waits.map(|wait| format!(" retry-after {}", wait.to_str().unwrap()));
    let waits = waits.unwrap_or_default();
    let body = match response.text().await {
        Ok(body) => body,
        Err(_) => return format!("{status}{waits} broken off"),
    };
    let json: Json = serde_json::from_str(&body).unwrap();
    let said = [
        json.pointer("/choices/0/message"),
        json.get("output"),
        json.get("content"),
        json.get("error"),
    ];
    let said = visible(&said.into_iter().flatten().next().unwrap().to_string());
    let letters = said.chars().count();
    if letters < 700 {
        return format!("{status}{waits} {said}");
    }
    let start: String = said.chars().take(160).collect();
    let end: String = said.chars().skip(letters - 240).collect();
    format!("{status}{waits} {start} … {letters} letters … {end}")
}
