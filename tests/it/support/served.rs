//! A server on loopback, and a client of it.

use std::sync::Arc;

use breakroom_gateway::{Gateway, GatewayLimits, Library, SessionIds};
use breakroom_server::http::{AppState, Server};
use reqwest::{Client, Method, Response};
use serde_json::Value as Json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The server's token.
pub const TOKEN: &str = "the-harness";

/// A server; it ends with the test.
pub struct Served {
    pub url: String,
    pub app: Arc<AppState>,
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    pub done: Option<JoinHandle<anyhow::Result<()>>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Json,
    pub text: String,
}

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Starts a server whose harness shows [`TOKEN`].
pub async fn start(library: Library, limits: GatewayLimits) -> Served {
    let gateway = Gateway::new(library, SessionIds::Random)
        .with_limits(limits)
        .with_server_token(Some(TOKEN.to_owned()));
    serve(gateway).await
}

/// Starts a server of this gateway.
pub async fn serve(gateway: Gateway) -> Served {
    // The client library wants to be told; nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let app = AppState::new(gateway, None);
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), Arc::clone(&app))
        .await
        .unwrap();
    let url = format!("http://{}", server.address().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(server.serve(async move {
        let _ = stopped.await;
    }));
    Served {
        url,
        app,
        client: Client::new(),
        stop: Some(stop),
        done: Some(done),
    }
}

impl Served {
    /// Asks with a token, and a body where there is one.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Json>,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        read(request.send().await.unwrap()).await
    }

    /// Asks as the harness.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Some(TOKEN), None).await
    }

    /// What a server without a token answers.
    pub async fn get_open(&self, path: &str) -> Json {
        self.ask(Method::GET, path, None, None).await.body
    }

    /// Sends as the harness.
    pub async fn post(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::POST, path, Some(TOKEN), Some(&body)).await
    }

    /// Opens a session: its id and its token.
    pub async fn open(&self, body: Json) -> (String, String) {
        let opened = self.post("/sessions", body).await;
        assert_eq!(opened.status, 201, "{opened:?}");
        let text = |name: &str| opened.body[name].as_str().unwrap().to_owned();
        (text("session"), text("token"))
    }

    /// Calls a tool with a session's token.
    pub async fn call(&self, session: &str, token: &str, name: &str, arguments: Json) -> Answer {
        let call = serde_json::json!({ "name": name, "arguments": arguments });
        let path = format!("/sessions/{session}/calls");
        self.ask(Method::POST, &path, Some(token), Some(&call))
            .await
    }

    /// Tells the server to stop.
    pub fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }
}

/// Reads an answer to its end.
pub async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer {
        status,
        headers,
        body,
        text,
    }
}
