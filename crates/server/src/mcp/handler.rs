//! Serves MCP requests: tools, the task as a prompt, and the office's clock as a resource.

use std::sync::{Arc, LazyLock};

use breakroom_tools::session::{Dialect, to_raw_json};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, Prompt, PromptMessage, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, Role, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value as Json, json};

use crate::calls;
use breakroom_gateway::wire::{self, AgentCall, CallOutcome, TracedCall};
use breakroom_gateway::{AgentSession, ApiError, ErrorCode};

/// The one prompt: what the agent is told to do.
const PROMPT: &str = "task";
/// The one resource: what time it is in the office.
const CLOCK: &str = "office://clock";

/// Serves one agent's session to an MCP client.
pub(crate) struct McpHandler(pub(crate) AgentSession);

impl McpHandler {
    async fn call(&self, request: CallToolRequestParams) -> Result<CallToolResult, ErrorData> {
        let call = AgentCall {
            name: request.name.into_owned(),
            arguments: request.arguments.map(|arguments| to_raw_json(&arguments)),
        };
        match calls::run(&self.0, call, None).await {
            Ok(called) => Ok(result(&called.call)),
            // An agent that is told why can go on, but most clients do not show it the errors of the protocol.
            Err(error) if error.code != ErrorCode::Fault => Ok(refusal(error.message)),
            Err(fault) => Err(to_error_data(fault)),
        }
    }

    fn clock(&self) -> Resource {
        Resource::new(CLOCK, "clock")
            .with_title("The office's clock")
            .with_description("What date and time it is in the office")
            .with_mime_type("text/plain")
    }
}

/// A result as structured content and as text. Structured content is an object in every generation, so any other value is wrapped in one.
fn result(call: &TracedCall) -> CallToolResult {
    let value = call.value();
    if call.outcome != CallOutcome::Done {
        return refusal(text(&value));
    }
    let (shown, structured) = match value {
        Json::Object(_) => (call.result.get().to_owned(), value),
        other => (text(&other), json!({ "result": other })),
    };
    let mut done = CallToolResult::success(vec![ContentBlock::text(shown)]);
    done.structured_content = Some(structured);
    done
}

fn refusal(reason: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(reason)])
}

fn text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn to_error_data(error: ApiError) -> ErrorData {
    ErrorData::internal_error(error.message, None)
}

/// The tools of a dialect, in the types of the protocol's library.
fn tools(dialect: Dialect) -> Vec<Tool> {
    static NATIVE: LazyLock<Vec<Tool>> = LazyLock::new(|| listed(Dialect::Native));
    static WORKBENCH: LazyLock<Vec<Tool>> = LazyLock::new(|| listed(Dialect::Workbench));
    match dialect {
        Dialect::Native => NATIVE.clone(),
        Dialect::Workbench => WORKBENCH.clone(),
    }
}

fn listed(dialect: Dialect) -> Vec<Tool> {
    let tools = breakroom_gateway::tool_list::of(dialect).into_iter();
    let tool = |tool: wire::ToolDescription| {
        let hints = tool.annotations;
        Tool::new(tool.name, tool.description, Arc::new(tool.input_schema)).with_annotations(
            ToolAnnotations::new()
                .read_only(hints.read_only_hint)
                .destructive(hints.destructive_hint)
                .idempotent(hints.idempotent_hint)
                .open_world(hints.open_world_hint),
        )
    };
    tools.map(tool).collect()
}

impl ServerHandler for McpHandler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .build();
        let wire::OfficeClock { clock, owner } = self.0.clock();
        let whose = owner.map_or_else(String::new, |owner| format!(" of {owner}"));
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("breakroom", env!("CARGO_PKG_VERSION")))
            .with_instructions(format!(
                "These are the calendar, mail, analytics, project board, customers and directory of the office{whose}. It is {clock} there."
            ))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut tools = tools(self.0.dialect());
        tools.retain(|tool| self.0.offers(&tool.name));
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request).await.map(CallToolResponse::from)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompt = self.0.prompt().prompt.map(|_| {
            Prompt::new(
                PROMPT,
                Some("What you are asked to do in this office"),
                None,
            )
        });
        Ok(ListPromptsResult::with_all_items(
            prompt.into_iter().collect(),
        ))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        match self.0.prompt().prompt {
            Some(prompt) if request.name == PROMPT => {
                let message = PromptMessage::new_text(Role::User, prompt);
                Ok(GetPromptResult::new(vec![message]).into())
            }
            prompt => {
                let there = prompt.map_or("none, because the session has no task", |_| PROMPT);
                let message = format!("there is no prompt {:?}: there is {there}", request.name);
                Err(ErrorData::invalid_params(message, None))
            }
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(vec![self.clock()]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if request.uri != CLOCK {
            let message = format!("there is no resource {:?}: there is {CLOCK}", request.uri);
            return Err(ErrorData::resource_not_found(message, None));
        }
        let clock =
            ResourceContents::text(self.0.clock().clock, CLOCK).with_mime_type("text/plain");
        Ok(ReadResourceResult::new(vec![clock]).into())
    }
}
