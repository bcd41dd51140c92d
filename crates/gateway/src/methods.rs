//! The methods of JSON-RPC. Whoever sends them holds the pipe, and is therefore the harness.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{ApiError, ErrorCode, Gateway, Harness};
use crate::wire::schema;
use crate::wire::{
    AgentCall, CallOutcome, CallParams, CallResult, Changes, Empty, ExportParams, ExportResult,
    FinishParams, FinishResult, ListToolsParams, OpenRequest, SessionInfo, SessionParams,
    SuiteList, TaskFilter, TaskList, ToolList, Trace,
};

/// A method, with its name, parameters and result.
pub struct RpcMethod {
    /// Its name, like `session/open`.
    pub name: &'static str,
    /// Derives the schema of its parameters.
    pub parameters: fn() -> Json,
    /// Derives the schema of its result.
    pub result: fn() -> Json,
    run: fn(&Harness, Json) -> Result<Json, ApiError>,
}

macro_rules! methods {
    ($($name:literal $parameters:ty => $result:ty: $run:expr;)*) => {
        /// Every method.
        pub const RPC_METHODS: &[RpcMethod] = &[$(RpcMethod {
            name: $name,
            parameters: schema::parameters::<$parameters>,
            result: schema::result::<$result>,
            run: |harness, parameters| {
                let run: fn(&Harness, $parameters) -> Result<$result, ApiError> = $run;
                let result = run(harness, read(parameters)?)?;
                Ok(serde_json::to_value(result).expect("results are text, numbers, lists and objects"))
            },
        }),*];
    };
}

methods! {
    "tools/list" ListToolsParams => ToolList: |harness, whose| {
        let session = whose.session.map(|id| harness.agent_session(&id)).transpose()?;
        let dialect = session.map(|session| session.dialect());
        Ok(ToolList { tools: crate::tool_list::of(dialect.unwrap_or_default()) })
    };
    "tools/call" CallParams => CallResult: call;
    "suite/list" Empty => SuiteList: |harness, _| Ok(harness.suites());
    "task/list" TaskFilter => TaskList: |harness, which| harness.tasks(&which);
    "session/open" OpenRequest => SessionInfo: |harness, open| harness.open(&open);
    "session/reset" SessionParams => Empty: |harness, which| harness.reset(&which.session);
    "session/fork" SessionParams => SessionInfo: |harness, which| harness.fork(&which.session);
    "session/changes" SessionParams => Changes: |harness, which| harness.changes(&which.session);
    "session/trace" SessionParams => Trace: |harness, which| harness.trace(&which.session);
    "session/export" ExportParams => ExportResult: |harness, ExportParams { session, folder }| {
        harness.export_to(&session, &folder)?;
        Ok(ExportResult { folder })
    };
    "session/finish" FinishParams => FinishResult: |harness, FinishParams { session, answer }| harness.finish(&session, answer.as_deref());
    "session/close" SessionParams => Empty: |harness, which| harness.close(&which.session);
}

fn read<T: DeserializeOwned>(parameters: Json) -> Result<T, ApiError> {
    T::deserialize(parameters)
        .map_err(|error| ErrorCode::BadParameters.with_message(error.to_string()))
}

fn call(harness: &Harness, call: CallParams) -> Result<CallResult, ApiError> {
    let CallParams {
        session,
        name,
        arguments,
        key,
    } = call;
    let session = harness.agent_session(&session)?;
    let reply = session.call(AgentCall { name, arguments }, key.as_deref())?;
    // Requests on one pipe are answered one after the other.
    std::thread::sleep(reply.delay);
    let told = CallResult::of(&reply.call);
    match (reply.call.outcome, told.result) {
        (CallOutcome::UnknownTool, Json::String(text)) => {
            Err(ErrorCode::BadParameters.with_message(text))
        }
        (_, result) => Ok(CallResult { result, ..told }),
    }
}

impl Gateway {
    /// Serves one message of JSON-RPC.
    ///
    /// # Errors
    /// An unknown method or session, wrong parameters, or a fault. Nothing has changed then. A call that a tool refuses is not an error but
    /// a result with `refused`.
    pub fn serve(self: &Arc<Self>, method: &str, parameters: Json) -> Result<Json, ApiError> {
        match RPC_METHODS.iter().find(|known| known.name == method) {
            Some(method) => (method.run)(&self.trusted(), parameters),
            None => {
                let names: Vec<&str> = RPC_METHODS.iter().map(|method| method.name).collect();
                Err(ErrorCode::NoMethod.with_message(format!(
                    "there is no method {method:?}: there are {}",
                    names.join(", ")
                )))
            }
        }
    }
}
