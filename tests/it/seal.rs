//! Nothing on the agent's plane reveals what is expected, another session or the oracle: every route and every message is tried with an
//! agent's token.

use crate::support::mcp;
use crate::support::mcp::Generation;
use crate::support::served;
use crate::support::served::{Served, TOKEN};
use crate::support::small;
use breakroom_gateway::GatewayLimits;
use reqwest::Method;
use serde_json::{Value as Json, json};

/// An office in which two sessions are open: the agent's own, and one that it must not know of.
struct Office {
    served: Served,
    session: String,
    token: String,
    mcp: String,
    hidden: Vec<String>,
    others: String,
}

impl Office {
    async fn open() -> Office {
        let served = served::start(small::library(), GatewayLimits::default()).await;
        let opened = served
            .post("/sessions", json!({ "task": "small.across.01" }))
            .await
            .body;
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        let (others, others_token) = served.open(json!({ "task": "small.write.01" })).await;
        // Something that happened there.
        let mail = json!({ "recipient": "x@else.example", "subject": "Of another session", "body": "Zygote" });
        served
            .call(&others, &others_token, "email.send_email", mail)
            .await;
        let mut hidden: Vec<String> = small::SECRETS.map(str::to_owned).to_vec();
        hidden.extend(
            [
                "Of another session",
                "Zygote",
                "small.read.01",
                "small.write.01",
                TOKEN,
            ]
            .map(str::to_owned),
        );
        hidden.extend(["Cancel event 00000003.".to_owned(), others_token]);
        Office {
            session: text(&opened["session"]),
            token: text(&opened["token"]),
            mcp: text(&opened["addresses"]["mcp"]),
            served,
            hidden,
            others,
        }
    }

    fn check(&self, asked: &str, answer: &str) {
        for secret in &self.hidden {
            // What the agent said itself comes back, and tells it nothing.
            if !asked.contains(secret.as_str()) {
                assert!(
                    !answer.contains(secret.as_str()),
                    "{asked} reveals {secret}: {answer}"
                );
            }
        }
        if !asked.contains(&self.others) {
            assert!(
                !answer.contains(&self.others),
                "{asked} names another session: {answer}"
            );
        }
    }
}

const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
];

#[tokio::test]
async fn no_route_tells_an_agent_more_than_its_own_session() {
    let office = Office::open().await;
    let described = office.served.get("/openapi.json").await.body;
    let mut paths: Vec<String> = described["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    paths.extend(["/sessions/{session}/mcp", "/mcp", "/", "/nothing"].map(str::to_owned));
    let agents = ["tools", "calls", "clock", "prompt", "mcp"]
        .map(|place| format!("/sessions/{{session}}/{place}"));
    let open = ["/health", "/ready", "/openapi.json", "/docs"];
    let mut served = 0;
    for path in &paths {
        for session in [&office.session, &office.others] {
            let filled = path
                .replace("{session}", session)
                .replace("{suite}", "small")
                .replace("{task}", "small.across.01");
            for method in METHODS {
                for body in [
                    None,
                    Some(json!({})),
                    Some(json!({ "task": "small.read.01" })),
                    Some(json!({ "name": "calendar.search_events" })),
                ] {
                    let answer = office
                        .served
                        .ask(method.clone(), &filled, Some(&office.token), body.as_ref())
                        .await;
                    let asked = format!("{method} {filled} {}", body.clone().unwrap_or_default());
                    office.check(&asked, &format!("{:?} {}", answer.headers, answer.text));
                    let may = (agents.contains(path) && session == &office.session)
                        || open.contains(&path.as_str());
                    let ok = (200..300).contains(&answer.status);
                    assert!(may || !ok, "{asked} is served to an agent: {answer:?}");
                    served += usize::from(ok);
                }
            }
        }
    }
    assert!(
        served >= agents.len() + open.len(),
        "the agent's own routes are among them: {served}"
    );
    assert_eq!(
        office.served.app.gateway().open_sessions(),
        2,
        "an agent opens and closes nothing"
    );
}

#[tokio::test]
async fn no_tool_and_no_refusal_tells_what_is_expected() {
    let office = Office::open().await;
    let tools = format!("/sessions/{}/tools", office.session);
    let listed = office
        .served
        .ask(Method::GET, &tools, Some(&office.token), None)
        .await;
    office.check("tools", &listed.text);
    let listed = listed.body["tools"].as_array().unwrap().clone();
    for tool in &listed {
        let name = tool["name"].as_str().unwrap();
        let fields = tool["inputSchema"]["properties"].as_object().unwrap();
        let filled = |value: Json| -> Json {
            fields
                .keys()
                .map(|field| (field.clone(), value.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        for arguments in [
            json!({}),
            json!([]),
            json!({ "colour": "blue" }),
            filled(json!("")),
            filled(json!("%")),
            filled(json!("00000003")),
            filled(json!(-1)),
            filled(json!(null)),
        ] {
            let answer = office
                .served
                .call(&office.session, &office.token, name, arguments.clone())
                .await;
            office.check(&format!("{name} {arguments}"), &answer.text);
        }
    }
    for name in [
        "session/finish",
        "finish",
        "oracle",
        "task/list",
        "",
        "calendar.",
        "sqlite_master",
    ] {
        let answer = office
            .served
            .call(&office.session, &office.token, name, json!({}))
            .await;
        office.check(name, &answer.text);
        assert_eq!(answer.body["refused"], true, "{answer:?}");
    }
}

#[tokio::test]
async fn no_message_of_mcp_tells_what_is_expected() {
    let office = Office::open().await;
    let methods = [
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "tools/call",
        "prompts/list",
        "prompts/get",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "resources/subscribe",
        "resources/directory/read",
        "completion/complete",
        "logging/setLevel",
        "roots/list",
        "skills/list",
        "skills/get",
        "tasks/list",
        "tasks/get",
        "tasks/result",
        "session/open",
        "session/finish",
        "session/changes",
        "session/trace",
        "task/list",
        "suite/list",
    ];
    let parameters = [
        json!({}),
        mcp::initialize(),
        json!({ "session": office.others }),
        json!({ "name": "task" }),
        json!({ "name": "oracle" }),
        json!({ "uri": "office://clock" }),
        json!({ "uri": "office://task" }),
        json!({ "uri": "file:///etc/passwd" }),
        json!({ "taskId": "1" }),
        json!({ "name": "email_search_emails", "arguments": { "query": "another session" } }),
    ];
    let mut told = 0;
    for generation in [Generation::Handshake, Generation::Alone] {
        for method in methods {
            for parameters in &parameters {
                let answer = mcp::send(
                    &office.served.client,
                    &office.mcp,
                    generation,
                    method,
                    parameters.clone(),
                )
                .await;
                office.check(
                    &format!("{method} {parameters}"),
                    &format!("{:?} {}", answer.headers, answer.text),
                );
                told += usize::from(answer.body.get("result").is_some());
            }
        }
    }
    assert!(told > 20, "the agent's own messages are among them: {told}");
    let trace = office
        .served
        .get(&format!("/sessions/{}/trace", office.others))
        .await
        .body;
    assert_eq!(
        trace["trace"].as_array().unwrap().len(),
        1,
        "nothing was called in the other session"
    );
}
