//! The routes of a harness: suites, tasks with their expected outcomes, every session, verdicts.

use std::convert::Infallible;
use std::io::{Cursor, Write};
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::app_state::AppState;
use super::body::{JsonBody, QueryString};
use super::credential::HarnessPlane;
use super::credential::SessionPath;
use super::openapi::schemas;
use super::problem::Problem;
use breakroom_gateway::wire::{
    Addresses, Changes, Empty, FinishRequest, FinishResult, OpenManyRequest, OpenRequest,
    SessionInfo, SessionList, SuiteList, TaskFilter, TaskList, TaskPage, Trace, WholeTask,
};
use breakroom_gateway::{ApiError, ErrorCode};

/// The suites
#[utoipa::path(get, path = "/suites", tag = "harness", responses((status = 200, description = "Each with its name", body = schemas::Suites)), security(("server" = [])))]
pub(super) async fn suites(HarnessPlane(harness): HarnessPlane) -> Json<SuiteList> {
    Json(harness.suites())
}

/// The tasks of a suite, without their expected outcomes
#[utoipa::path(get, path = "/suites/{suite}/tasks", tag = "harness", params(
    ("suite" = String, Path, description = "The suite's name"),
    ("contains" = Option<String>, Query, description = "Only tasks whose id, tag or domain contains this text"),
    ("offset" = Option<u32>, Query, format = Int64, maximum = 4_294_967_295_u32, description = "How many to skip"),
    ("limit" = Option<u32>, Query, format = Int64, maximum = 4_294_967_295_u32, description = "How many to list at most")),
    responses((status = 200, description = "The tasks, and how many there are in total", body = schemas::Tasks)), security(("server" = [])))]
pub(super) async fn tasks(
    HarnessPlane(harness): HarnessPlane,
    Path(suite): Path<String>,
    QueryString(page): QueryString<TaskPage>,
) -> Result<Json<TaskList>, Problem> {
    let TaskPage {
        contains,
        offset,
        limit,
    } = page;
    let which = TaskFilter {
        suite: Some(suite),
        contains,
        offset: offset.map(|offset| offset as usize),
        limit: limit.map(|limit| limit as usize),
    };
    Ok(Json(harness.tasks(&which)?))
}

/// A task with all that is expected of it
#[utoipa::path(get, path = "/suites/{suite}/tasks/{task}", tag = "harness",
    params(("suite" = String, Path, description = "The suite's name"), ("task" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task, with the calls of its oracle", body = schemas::WholeTask)), security(("server" = [])))]
pub(super) async fn task(
    HarnessPlane(harness): HarnessPlane,
    Path((suite, task)): Path<(String, String)>,
) -> Result<Json<WholeTask>, Problem> {
    Ok(Json(WholeTask(harness.task(&suite, &task)?)))
}

/// Open a session
///
/// On a task, a world, or an office generated from a seed. Without a body, the session is in the server's first world. The answer has everything
/// that an agent needs: its token, prompt, tools and addresses.
#[utoipa::path(post, path = "/sessions", tag = "harness", request_body(content = Option<schemas::Open>),
    responses((status = 201, description = "The session", body = schemas::OpenedHere)), security(("server" = [])))]
pub(super) async fn open(
    HarnessPlane(harness): HarnessPlane,
    base: BaseUrl,
    body: Option<JsonBody<OpenRequest>>,
) -> Result<Response, Problem> {
    let open = body.map(|JsonBody(open)| open).unwrap_or_default();
    // Generating an office takes a while, and other requests should not wait for it.
    let opened = if open.seed.is_some() && open.suite.is_none() {
        run_blocking(move || harness.open(&open)).await?
    } else {
        harness.open(&open)?
    };
    Ok(created(with_addresses(&base, opened)))
}

/// Open many sessions at once
///
/// If one of them cannot be opened, none is.
#[utoipa::path(post, path = "/sessions/batch", tag = "harness", request_body = schemas::OpenMany,
    responses((status = 201, description = "The sessions, in the order of the request", body = schemas::OpenedMany)), security(("server" = [])))]
pub(super) async fn open_many(
    HarnessPlane(harness): HarnessPlane,
    base: BaseUrl,
    JsonBody(OpenManyRequest { sessions }): JsonBody<OpenManyRequest>,
) -> Result<Response, Problem> {
    let opened = run_blocking(move || harness.open_many(&sessions)).await?;
    let opened = opened.into_iter();
    let opened = NewSessionsBody {
        sessions: opened.map(|opened| with_addresses(&base, opened)).collect(),
    };
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// Every open session
#[utoipa::path(get, path = "/sessions", tag = "harness", responses((status = 200, description = "The sessions, by id", body = schemas::SessionList)), security(("server" = [])))]
pub(super) async fn sessions(HarnessPlane(harness): HarnessPlane) -> Json<SessionList> {
    Json(SessionList {
        sessions: harness.sessions(),
    })
}

/// A session
#[utoipa::path(get, path = "/sessions/{session}", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The session, as it was described when it was opened", body = schemas::Opened)), security(("server" = [])))]
pub(super) async fn session(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<Json<SessionInfo>, Problem> {
    Ok(Json(harness.session(&session)?))
}

/// Close a session
#[utoipa::path(delete, path = "/sessions/{session}", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 204, description = "It is closed")), security(("server" = [])))]
pub(super) async fn close(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<StatusCode, Problem> {
    harness.close(&session)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forget every call and change of a session
#[utoipa::path(post, path = "/sessions/{session}/reset", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The session is as it was when it was opened", body = schemas::Nothing)), security(("server" = [])))]
pub(super) async fn reset(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<Json<Empty>, Problem> {
    Ok(Json(harness.reset(&session)?))
}

/// Open another session with the same rows and calls
#[utoipa::path(post, path = "/sessions/{session}/fork", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 201, description = "The other session", body = schemas::OpenedHere)), security(("server" = [])))]
pub(super) async fn fork(
    HarnessPlane(harness): HarnessPlane,
    base: BaseUrl,
    SessionPath(session): SessionPath,
) -> Result<Response, Problem> {
    Ok(created(with_addresses(&base, harness.fork(&session)?)))
}

/// The rows that a session changed
#[utoipa::path(get, path = "/sessions/{session}/changes", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "Rows before and after, each with the calls that touched it", body = schemas::Changes)), security(("server" = [])))]
pub(super) async fn changes(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<Json<Changes>, Problem> {
    Ok(Json(harness.changes(&session)?))
}

/// The calls of a session so far
#[utoipa::path(get, path = "/sessions/{session}/trace", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "Every call, in order", body = schemas::Trace)), security(("server" = [])))]
pub(super) async fn trace(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<Json<Trace>, Problem> {
    Ok(Json(harness.trace(&session)?))
}

/// The databases of a session
#[utoipa::path(get, path = "/sessions/{session}/export", tag = "harness", params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "A zip of five SQLite files", content_type = "application/zip", body = Vec<u8>)), security(("server" = [])))]
pub(super) async fn export(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"session-{session}.zip\"");
    let zip = run_blocking(move || zipped(&harness.databases(&session)?)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, zip).into_response())
}

/// Finish the episode
///
/// Takes the agent's answer, judges the session, and returns the verdict and every call. After that no tool is run until the session is reset.
/// An episode can be finished again with another answer.
#[utoipa::path(post, path = "/sessions/{session}/finish", tag = "harness", request_body(content = Option<schemas::Ending>),
    params(("session" = String, Path, description = "The session's id")),
    responses((status = 200, description = "Verdict and trace", body = schemas::Finished)), security(("server" = [])))]
pub(super) async fn finish(
    HarnessPlane(harness): HarnessPlane,
    SessionPath(session): SessionPath,
    body: Option<JsonBody<FinishRequest>>,
) -> Result<Json<FinishResult>, Problem> {
    let answer = body.and_then(|JsonBody(ending)| ending.answer);
    Ok(Json(harness.finish(&session, answer.as_deref())?))
}

/// Runs what takes long on a thread for blocking work.
async fn run_blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(act).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Problem::server_failed()),
    }
}

fn zipped(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ApiError> {
    let write = || {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(bytes)?;
        }
        zip.finish()
    };
    let written: zip::result::ZipResult<Cursor<Vec<u8>>> = write();
    let written = written
        .map_err(|error| ErrorCode::Fault.with_message(format!("cannot write a zip: {error}")))?;
    Ok(written.into_inner())
}

/// [`NewSession`](breakroom_gateway::wire::NewSession) with its tools as text. The text is nearly all of the answer, and is written once for all sessions.
#[derive(Serialize)]
struct NewSessionBody {
    #[serde(flatten)]
    opened: SessionInfo,
    addresses: Addresses,
    tools: &'static RawValue,
}

/// [`NewSessions`](breakroom_gateway::wire::NewSessions).
#[derive(Serialize)]
struct NewSessionsBody {
    sessions: Vec<NewSessionBody>,
}

fn created(session: NewSessionBody) -> Response {
    let address = [(header::LOCATION, session.addresses.session.clone())];
    (StatusCode::CREATED, address, Json(session)).into_response()
}

/// The URL at which the client reaches the server: the server's setting, or else the host in the request.
pub(super) struct BaseUrl(String);

impl FromRequestParts<Arc<AppState>> for BaseUrl {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<AppState>,
    ) -> Result<Self, Infallible> {
        Ok(BaseUrl(
            match (&app.public_url, parts.headers.get(header::HOST)) {
                (Some(url), _) => url.trim_end_matches('/').to_owned(),
                (None, Some(host)) => format!("http://{}", host.to_str().unwrap_or("localhost")),
                (None, None) => String::new(),
            },
        ))
    }
}

/// A session with its addresses.
fn with_addresses(BaseUrl(base): &BaseUrl, opened: SessionInfo) -> NewSessionBody {
    let session = format!("{base}/sessions/{}", opened.session);
    let mcp = match &opened.token {
        Some(token) => format!("{session}/mcp?token={token}"),
        None => format!("{session}/mcp"),
    };
    NewSessionBody {
        addresses: Addresses {
            tools: format!("{session}/tools"),
            calls: format!("{session}/calls"),
            clock: format!("{session}/clock"),
            prompt: format!("{session}/prompt"),
            mcp,
            session,
        },
        tools: breakroom_gateway::tool_list::text_of(opened.dialect),
        opened,
    }
}
