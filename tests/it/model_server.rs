//! The scripted model server: played over every API by agents of this program and by hand.

use std::fmt::Write;

use crate::support::model_served::{
    Served, asked, client, few, in_short, of_every_template, request, suite_of,
};
use crate::support::runs::{self, Folder};
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::task::Task;
use breakroom_tasks::verdict::{self, Outcome};
use breakroom_tools::native;
use breakroom_tools::session::{InitialState, ToolSession};
use serde_json::{Value as Json, json};

#[test]
fn the_oracle_is_right_over_both_clients_whole_and_streamed() {
    let folder = Folder::new("model-server-right");
    let tasks = of_every_template();
    assert_eq!(tasks.len(), 69);
    let suite = folder.file("suite.jsonl", &suite_of(tasks));
    let served = Served::start(&["--calls-per-reply", "4"]);
    let ways: [(&str, &str, &[&str]); 4] = [
        ("react", "x", &["--stream"]),
        ("tools", "x", &[]),
        ("react", "anthropic:x", &[]),
        ("tools", "anthropic:x", &["--stream"]),
    ];
    for (agent, model, more) in ways {
        let out = folder.path(&format!("{agent}-{}", model.len()));
        let more = [more, &["--suite", &suite]].concat();
        let run = served.run(&out, agent, model, &more);
        let wrong = run.episodes.iter();
        let wrong = wrong.filter(|episode| episode.outcome != Outcome::Correct);
        let wrong: Vec<&str> = wrong.map(|episode| episode.task.as_str()).collect();
        assert!(wrong.is_empty(), "{agent} {model}: {wrong:?}");
    }
    assert_eq!(served.stop(), Some(0));
}

/// How a framework hands a result on.
#[derive(Clone, Copy)]
enum Wrapping {
    Bare,
    Result,
    Structured,
    Blocks,
}

impl Wrapping {
    fn of(self, result: &Json) -> Json {
        let block = json!({"type": "input_text", "text": result.to_string()});
        match self {
            Wrapping::Bare => json!(result.to_string()),
            Wrapping::Result => json!(json!({"result": result.to_string()}).to_string()),
            Wrapping::Structured => {
                json!(json!({"structuredContent": result, "isError": false}).to_string())
            }
            Wrapping::Blocks => json!([block]),
        }
    }
}

/// A client of responses, as a framework is one.
struct Framework<'a> {
    served: &'a Served,
    stream: bool,
    /// Whether the server has to remember what was said.
    remembered: bool,
    wrapping: Wrapping,
    /// From a tool's own name to the one by which it is offered.
    named: fn(&str) -> String,
}

impl Framework<'_> {
    async fn ask(&self, body: &Json) -> Json {
        let response = self.served.post("/v1/responses", body).await;
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        if !self.stream {
            return serde_json::from_str(&text).unwrap();
        }
        let events: Vec<Json> = text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        for (number, event) in events.iter().enumerate() {
            assert_eq!(event["sequence_number"], number);
        }
        let said = |kind: &str| -> String {
            let events = events.iter().filter(|event| event["type"] == kind);
            events
                .map(|event| event["delta"].as_str().unwrap())
                .collect()
        };
        let whole = events.last().unwrap()["response"].clone();
        let (mut text, mut arguments) = (String::new(), String::new());
        for item in whole["output"].as_array().unwrap() {
            text.push_str(item["content"][0]["text"].as_str().unwrap_or_default());
            arguments.push_str(item["arguments"].as_str().unwrap_or_default());
        }
        assert_eq!(said("response.output_text.delta"), text);
        assert_eq!(said("response.function_call_arguments.delta"), arguments);
        whole
    }

    async fn work(&self, task: &Task, session: &mut ToolSession) -> Outcome {
        let tools = native::catalog().iter().map(|tool| {
            json!({"type": "function", "name": (self.named)(&tool.name), "description": tool.description, "parameters": tool.schema})
        });
        let tools: Vec<Json> = tools.collect();
        let mut input = vec![json!({"role": "user", "content": task.prompt})];
        let mut body =
            json!({"model": "x", "instructions": "Work.", "tools": tools, "stream": self.stream});
        for _ in 0..40 {
            body["input"] = json!(input);
            let response = self.ask(&body).await;
            let output = response["output"].as_array().unwrap();
            let made = output.iter().filter(|item| item["type"] == "function_call");
            let made: Vec<&Json> = made.collect();
            let Some(_) = made.first() else {
                let answer = output[0]["content"][0]["text"].as_str();
                let view = verdict::EpisodeEnding {
                    answer,
                    ..verdict::EpisodeEnding::default()
                };
                let start = InitialState::Native(World::office());
                let judge = Judge::new(&start, task).unwrap();
                return judge.judge(session, &view).unwrap().outcome;
            };
            if self.remembered {
                body["previous_response_id"] = response["id"].clone();
                input.clear();
            } else {
                input.extend(output.iter().cloned());
            }
            for item in made {
                let tool = native::catalog().iter();
                let mut tool = tool.filter(|tool| item["name"] == (self.named)(&tool.name));
                let tool = &tool.next().unwrap().name;
                let arguments: Json =
                    serde_json::from_str(item["arguments"].as_str().unwrap()).unwrap();
                let outcome = session.call(tool, &arguments).unwrap();
                let text = outcome.text();
                let result = serde_json::from_str(&text).unwrap_or(json!(text));
                input.push(json!({"type": "function_call_output", "call_id": item["call_id"], "output": self.wrapping.of(&result)}));
            }
        }
        Outcome::Incomplete
    }
}

/// How a client of a test speaks and what it calls the tools.
type Way = (bool, bool, Wrapping, fn(&str) -> String);

#[tokio::test]
async fn the_oracle_is_right_over_responses_whatever_the_client_calls_its_tools() {
    let served = Served::start(&["--calls-per-reply", "4"]);
    let ways: [Way; 4] = [
        (false, false, Wrapping::Bare, str::to_owned),
        (true, false, Wrapping::Result, |name| {
            format!("mcp__office__{name}")
        }),
        (false, true, Wrapping::Structured, |name| {
            name.replacen('_', ".", 1)
        }),
        (true, true, Wrapping::Blocks, |name| {
            format!("office-{name}")
        }),
    ];
    let mut session = InitialState::Native(World::office()).open().unwrap();
    for (number, task) in of_every_template().iter().enumerate() {
        let (stream, remembered, wrapping, named) = ways[number % ways.len()];
        let framework = Framework {
            served: &served,
            stream,
            remembered,
            wrapping,
            named,
        };
        session.reset().unwrap();
        let outcome = framework.work(task, &mut session).await;
        assert_eq!(outcome, Outcome::Correct, "{}", task.id);
    }
}

#[tokio::test]
async fn a_stream_says_what_one_piece_says() {
    let served = Served::start(&["--fault", "unicode"]);
    for (model, task) in ["x", "anthropic:x", "x", "anthropic:x"].iter().zip(few()) {
        let model = *model;
        let fault = asked(&served, model, &["--stream"], &task).await.unwrap();
        assert!(fault[0].as_str().unwrap().contains('😀'), "{fault}");
        let whole = asked(&served, model, &[], &task).await.unwrap();
        let streamed = asked(&served, model, &["--stream"], &task).await.unwrap();
        assert_eq!(streamed[0], fault[0], "the conversation began anew");
        assert_ne!(whole, streamed);
        let whole_again = asked(&served, model, &[], &task).await.unwrap();
        assert_eq!(whole_again, whole);
    }
}

#[tokio::test]
async fn answers_come_by_a_tool_or_fit_a_schema_where_that_is_wanted() {
    let served = Served::start(&["--policy", "noop"]);
    let task = few().remove(0);
    let mut body = request("/v1/chat/completions", &task, false);
    let schema = json!({"type": "object", "properties": {"answer": {"type": "string"}, "sure": {"type": "boolean"}}, "required": ["answer", "sure"]});
    let tools = body["tools"].as_array_mut().unwrap();
    tools.push(
        json!({"type": "function", "function": {"name": "final_answer", "parameters": schema}}),
    );
    let reply = async |body: &Json| -> Json {
        let response = served.post("/v1/chat/completions", body).await;
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    };
    let told = reply(&body).await;
    let call = &told["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call["name"], "final_answer");
    let arguments: Json = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
    assert!(arguments["sure"] == true && arguments["answer"].is_string());
    body["tools"] = json!([]);
    body["response_format"] =
        json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let told = reply(&body).await;
    let text = told["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Json>(text).unwrap(), arguments);
}

#[tokio::test]
async fn what_cannot_be_answered_says_why() {
    let served = Served::start(&["--model-name", "clerk"]);
    let models = client().get(format!("{}/v1/models", served.url));
    let models = models.send().await.unwrap().text().await.unwrap();
    assert!(models.contains("\"id\":\"clerk\""), "{models}");
    let hello = json!({"messages": [{"role": "user", "content": "Hello?"}]});
    let mut seen = String::new();
    for (path, body) in [
        ("/v1/chat/completions", hello.clone()),
        ("/v1/messages", hello),
        ("/v1/messages", json!({"messages": 7})),
        (
            "/v1/responses",
            json!({"input": "Hello?", "previous_response_id": "resp_1"}),
        ),
        ("/v1/embeddings", json!({})),
    ] {
        let answer = in_short(served.post(path, &body).await).await;
        writeln!(seen, "{path} {body}\n  {answer}").unwrap();
    }
    insta::assert_snapshot!(seen);
}

#[tokio::test]
async fn a_reply_that_is_held_back_does_not_keep_the_server_from_stopping() {
    let folder = Folder::new("model-server-hold");
    let log = folder.path("log");
    let served = Served::start(&["--fault", "timeout", "--hold", "3600", "--log", &log]);
    let body = request("/v1/messages", &few()[0], false);
    let request = client().post(format!("{}/v1/messages", served.url));
    let waiting = tokio::spawn(request.body(body.to_string()).send());
    // The log is written before the reply is held back.
    while !std::fs::read_to_string(&log)
        .unwrap()
        .contains("\"fault\":\"timeout\"")
    {
        tokio::task::yield_now().await;
    }
    let stopped = tokio::task::spawn_blocking(|| served.stop());
    assert_eq!(waiting.await.unwrap().unwrap().status(), 504);
    assert_eq!(stopped.await.unwrap(), Some(0));
}

#[test]
fn only_this_machine_is_listened_at() {
    for wrong in [
        &["--addr", "0.0.0.0:0"][..],
        &["--addr", "here"],
        &["--fault", "storm"],
        &["--policy", "trainee"],
    ] {
        let output = runs::breakroom(&[&["model", "serve"], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
