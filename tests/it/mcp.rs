//! MCP over HTTP: both generations, the address that names no session, and what is true of the tools.

use crate::support::mcp;
use crate::support::served;
use crate::support::small;
use std::collections::BTreeMap;

use crate::support::mcp::Generation;
use crate::support::served::{Served, TOKEN, read};
use breakroom_gateway::{Gateway, GatewayLimits, SessionIds};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn start() -> Served {
    served::start(small::library(), GatewayLimits::default()).await
}

async fn open(served: &Served, body: Json) -> String {
    let opened = served.post("/sessions", body).await.body;
    opened["addresses"]["mcp"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn prompt_and_clock_are_there_for_both_generations() {
    let served = start().await;
    for generation in [Generation::Handshake, Generation::Alone] {
        let url = open(&served, json!({ "task": "small.read.01" })).await;
        let ask = async |method: &str, parameters: Json| {
            let answer = mcp::send(&served.client, &url, generation, method, parameters).await;
            answer.body["result"].clone()
        };
        let tools = ask("tools/list", json!({})).await;
        assert_eq!(tools["tools"].as_array().unwrap().len(), 27);
        let prompts = ask("prompts/list", json!({})).await;
        assert_eq!(prompts["prompts"][0]["name"], "task");
        let prompt = ask("prompts/get", json!({ "name": "task" })).await;
        assert_eq!(
            prompt["messages"][0]["content"]["text"],
            "What is event 00000003 called?"
        );
        let resources = ask("resources/list", json!({})).await;
        assert_eq!(resources["resources"][0]["uri"], "office://clock");
        let clock = ask("resources/read", json!({ "uri": "office://clock" })).await;
        assert_eq!(clock["contents"][0]["text"], "2026-06-11 09:00:00");

        let bare = open(&served, json!({})).await;
        let none = mcp::send(&served.client, &bare, generation, "prompts/list", json!({})).await;
        assert_eq!(none.body["result"]["prompts"], json!([]));
    }
}

#[tokio::test]
async fn what_no_tool_can_mend_still_reaches_the_agent() {
    let limits = GatewayLimits {
        calls: 1,
        ..GatewayLimits::default()
    };
    let served = served::start(small::library(), limits).await;
    let url = open(&served, json!({})).await;
    let call = json!({ "name": "calendar_delete_event", "arguments": { "event_id": "3" } });
    let send = async || {
        let answer = mcp::send(
            &served.client,
            &url,
            Generation::Alone,
            "tools/call",
            call.clone(),
        );
        mcp::outcome(&answer.await.body)
    };
    assert!(!send().await.0);
    let (refused, reason) = send().await;
    assert!(
        refused && reason.as_str().unwrap().contains("1 calls"),
        "{reason}"
    );
}

#[tokio::test]
async fn an_address_without_a_session_gives_one_to_clients_that_can_hold_it() {
    let served = start().await;
    let url = format!("{}/mcp", served.url);
    let send = async |message: Json, headers: &[(&str, &str)]| {
        let mut request = served
            .client
            .post(&url)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(message.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send().await.unwrap()).await
    };
    let message = |method: &str, parameters: Json| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let bearer = format!("Bearer {TOKEN}");
    let hello = message("initialize", mcp::initialize());
    assert_eq!(
        send(hello.clone(), &[]).await.status,
        401,
        "only the harness opens sessions"
    );
    let shaken = send(hello, &[("authorization", &bearer)]).await;
    let held = shaken.header("mcp-session-id").unwrap().to_owned();
    let call = message(
        "tools/call",
        json!({ "name": "calendar_delete_event", "arguments": { "event_id": "3" } }),
    );
    let first = send(call.clone(), &[("mcp-session-id", &held)]).await;
    assert!(!mcp::outcome(&first.body).0);
    let again = send(call.clone(), &[("mcp-session-id", &held)]).await;
    assert!(mcp::outcome(&again.body).0, "it is the same session");
    let forged = send(call.clone(), &[("mcp-session-id", "0.0")]).await;
    assert_eq!(forged.status, 404, "a client that gets 404 begins anew");
    let closed = served
        .client
        .delete(&url)
        .header("mcp-session-id", &held)
        .send();
    assert_eq!(closed.await.unwrap().status(), 204);
    assert_eq!(send(call, &[("mcp-session-id", &held)]).await.status, 404);

    let alone = mcp::send(
        &served.client,
        &url,
        Generation::Alone,
        "server/discover",
        json!({}),
    )
    .await;
    assert_eq!(alone.status, 404);
    assert!(
        alone.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("POST /sessions")
    );
    assert_eq!(served.app.gateway().open_sessions(), 0);
}

#[tokio::test]
async fn a_session_of_mcp_needs_its_token() {
    let served = start().await;
    let (mine, token) = served.open(json!({})).await;
    let (other, _) = served.open(json!({})).await;
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
    for (id, shown, status) in [
        (&mine, Some(token.as_str()), 406),
        (&mine, Some(TOKEN), 406),
        (&mine, None, 401),
        (&other, Some(token.as_str()), 401),
    ] {
        let path = format!("/sessions/{id}/mcp");
        // 406: it was let in, and did not say what it accepts.
        let answer = served.ask(Method::POST, &path, shown, Some(&list)).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

/// What is told of each tool that writes, against what it does when it is called once and once more.
#[tokio::test]
async fn annotations_are_true() {
    let gateway = Gateway::new(small::library(), SessionIds::Random);
    let served = served::serve(gateway).await;
    let mail = "olwen.hallam@halden.example";
    let calls = BTreeMap::from([
        (
            "calendar_create_event",
            json!({ "event_name": "Tea", "participant_email": mail, "event_start": "2026-06-12 16:00", "duration": 15 }),
        ),
        ("calendar_delete_event", json!({ "event_id": "3" })),
        (
            "calendar_update_event",
            json!({ "event_id": "3", "field": "event_name", "new_value": "Tea" }),
        ),
        (
            "email_send_email",
            json!({ "recipient": mail, "subject": "Tea", "body": "At four." }),
        ),
        ("email_delete_email", json!({ "email_id": "3" })),
        (
            "email_forward_email",
            json!({ "email_id": "3", "recipient": mail }),
        ),
        (
            "email_reply_email",
            json!({ "email_id": "3", "body": "Yes." }),
        ),
        (
            "analytics_create_plot",
            json!({ "time_min": "2026-05-01", "time_max": "2026-05-31", "value_to_plot": "total_visits", "plot_type": "bar" }),
        ),
        (
            "project_management_create_task",
            json!({ "task_name": "Tea", "assigned_to_email": mail, "list_name": "Backlog", "due_date": "2026-06-20", "board": "Design" }),
        ),
        ("project_management_delete_task", json!({ "task_id": "3" })),
        (
            "project_management_update_task",
            json!({ "task_id": "3", "field": "task_name", "new_value": "Tea" }),
        ),
        (
            "customer_relationship_manager_update_customer",
            json!({ "customer_id": "3", "field": "notes", "new_value": "Tea" }),
        ),
        (
            "customer_relationship_manager_add_customer",
            json!({ "customer_name": "Ada Tea", "assigned_to_email": mail, "status": "Lead" }),
        ),
        (
            "customer_relationship_manager_delete_customer",
            json!({ "customer_id": "3" }),
        ),
    ]);
    let opened = served.ask(Method::POST, "/sessions", None, None).await.body;
    let session = opened["session"].as_str().unwrap();
    let changes = async || {
        let found = served
            .get_open(&format!("/sessions/{session}/changes"))
            .await;
        found["changes"].as_array().unwrap().clone()
    };
    for tool in opened["tools"].as_array().unwrap() {
        let (name, hints) = (tool["name"].as_str().unwrap(), &tool["annotations"]);
        assert_eq!(hints["openWorldHint"], false, "{name}");
        let Some(arguments) = calls.get(name) else {
            assert_eq!(
                hints["readOnlyHint"], true,
                "{name} writes, and no call of it is tried here"
            );
            assert_eq!(
                (&hints["destructiveHint"], &hints["idempotentHint"]),
                (&json!(false), &json!(true))
            );
            continue;
        };
        assert_eq!(hints["readOnlyHint"], false, "{name}");
        served
            .ask(
                Method::POST,
                &format!("/sessions/{session}/reset"),
                None,
                None,
            )
            .await;
        let call = json!({ "name": name, "arguments": arguments });
        let path = format!("/sessions/{session}/calls");
        let done = served
            .ask(Method::POST, &path, None, Some(&call))
            .await
            .body;
        assert_eq!(done["refused"], false, "{name}: {done}");
        let once = changes().await;
        let destroys = once.iter().any(|change| change["change"] != "created");
        assert_eq!(hints["destructiveHint"], destroys, "{name}: {once:?}");
        served.ask(Method::POST, &path, None, Some(&call)).await;
        let rows = |changes: &[Json]| -> Vec<Json> {
            changes
                .iter()
                .map(|change| json!([change["id"], change["after"]]))
                .collect()
        };
        let same = rows(&once) == rows(&changes().await);
        assert_eq!(hints["idempotentHint"], same, "{name}");
    }
}
