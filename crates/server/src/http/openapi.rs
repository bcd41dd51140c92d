//! The frame of the OpenAPI document: its description, and the names of its types.

use std::borrow::Cow;

use serde_json::Value as Json;
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

        /// Every described type by its name, with the function that derives its schema.
        pub(super) const SCHEMAS: &[(&str, fn() -> Json)] = &[$($((stringify!($name), $derive::<wire::$type>)),*),*];
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
pub(super) fn without_routes() -> OpenApi {
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
