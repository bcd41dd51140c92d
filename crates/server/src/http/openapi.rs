//! The description for programs: OpenAPI 3.1. Its routes come from the handlers, and its schemas from the wire types.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use breakroom_gateway::wire;
use breakroom_gateway::wire::schema::{parameters, result};

/// Gives types their names in the document. Their schemas are those of `schemas/` and are inserted at the end, because utoipa's own model of
/// schemas supports fewer keywords. Clients are generated from the names, so a name stays if its type is renamed.
macro_rules! described {
    ($($derive:ident: $($name:ident = $type:ident),*;)*) => {
        /// Stand-ins for the types of [`wire`]. Handlers name them to utoipa.
        pub(super) mod schemas {
            use super::*;

            $($(
                pub(in super::super) enum $name {}

                impl PartialSchema for $name {
                    fn schema() -> RefOr<Schema> {
                        RefOr::T(Schema::default())
                    }
                }

                impl ToSchema for $name {
                    fn name() -> Cow<'static, str> {
                        Cow::Borrowed(stringify!($name))
                    }
                }
            )*)*
        }

        const SCHEMAS: &[(&str, fn() -> Json)] = &[$($((stringify!($name), $derive::<wire::$type>)),*),*];
    };
}

described! {
    parameters: Open = OpenRequest, OpenMany = OpenManyRequest, AgentCall = AgentCall, Ending = FinishRequest;
    result: Suites = SuiteList, Tasks = TaskList, WholeTask = WholeTask, Opened = SessionInfo, OpenedHere = NewSession, OpenedMany = NewSessions,
        SessionList = SessionList, Nothing = Empty, Changes = Changes, Trace = Trace, Finished = FinishResult, Tools = ToolList,
        CallResult = CallResult, Clock = OfficeClock, Prompt = TaskPrompt, Health = Health;
}

const ABOUT: &str = "A simulated workplace for AI agents. A harness opens a session on a task, an agent calls the session's tools, and finishing the \
    episode gives a verdict that is read from the databases. Two tokens tell the two apart. The server's token gives access to everything. A session's token \
    gives access to that session's tools, clock and prompt only. The same tools are served over MCP at `/sessions/{session}/mcp`. Errors are problem details (RFC 9457) whose `detail` names the fix.";

/// The document without its routes.
pub(super) fn beginning() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Breakroom")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT));
    let bearer = || SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = utoipa::openapi::ComponentsBuilder::new()
        .security_scheme("server", bearer())
        .security_scheme("session", bearer());
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components.build()))
        .build()
}

/// The whole document.
pub(super) fn document() -> &'static Json {
    static DOCUMENT: LazyLock<Json> = LazyLock::new(|| {
        let api = super::server::routes().into_openapi();
        let mut document =
            serde_json::to_value(api).expect("the document is made of text, lists and objects");
        document["openapi"] = json!("3.1.0");
        let problem: (&str, fn() -> Json) = ("Problem", result::<wire::ProblemDetails>);
        let schemas: Map<String, Json> = SCHEMAS
            .iter()
            .chain([&problem])
            .map(|(name, schema)| ((*name).to_owned(), schema()))
            .collect();
        document["components"]["schemas"] = Json::Object(schemas);
        document["components"]["responses"] = json!({ "Problem": {
            "description": "Why the request was not served",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        } });
        let paths = document["paths"].as_object_mut().into_iter().flatten();
        for (_, path) in paths {
            for (_, operation) in path.as_object_mut().into_iter().flatten() {
                operation["responses"]["default"] =
                    json!({ "$ref": "#/components/responses/Problem" });
            }
        }
        document
    });
    &DOCUMENT
}

/// The whole document as text.
pub(super) fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}
