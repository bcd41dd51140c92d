//! What every front end serves: sessions by id, and the methods that work on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, export};
use breakroom_tools::native::{self, Failure, catalog};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::schema;
use crate::wire::{
    CallResult, ChangedRow, Changes, Export, Exported, Nothing, Opened, ToolCall, Tools, Which,
};

/// Why a message was not served, in the codes of JSON-RPC 2.0 (section 5.1).
#[derive(Debug)]
pub struct Refused {
    /// -32700 to -32603, or [`NO_SESSION`].
    pub code: i32,
    /// What was wrong, and what would be right.
    pub message: String,
}

/// The line is no JSON.
pub const BROKEN: i32 = -32_700;
/// It is JSON but no message.
pub const INVALID: i32 = -32_600;
/// The session is unknown or was closed.
pub const NO_SESSION: i32 = -32_001;
/// There is no such method.
pub const NO_METHOD: i32 = -32_601;
/// The parameters are not those of the method.
pub const BAD_PARAMETERS: i32 = -32_602;
/// Our own fault.
pub const FAULT: i32 = -32_603;
/// Every code.
pub(crate) const CODES: [i32; 6] = [
    BROKEN,
    INVALID,
    NO_METHOD,
    BAD_PARAMETERS,
    FAULT,
    NO_SESSION,
];

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Refused {
            code: FAULT,
            message: format!("{:#}", anyhow::Error::from(fault)),
        }
    }
}

/// The sessions of one server.
pub struct Gateway {
    world: Arc<World>,
    session_dir: Option<PathBuf>,
    sessions: BTreeMap<String, Session>,
    opened: u64,
}

/// A method: what it is called, does, takes and answers with.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) parameters: fn() -> Json,
    pub(crate) result: fn() -> Json,
    run: fn(&mut Gateway, Json) -> Result<Json, Refused>,
}

macro_rules! methods {
    ($($name:literal $parameters:ty => $result:ty: $run:expr;)*) => {
        /// Every method.
        pub(crate) const METHODS: &[Method] = &[$(Method {
            name: $name,
            parameters: schema::parameters::<$parameters>,
            result: schema::result::<$result>,
            run: |gateway, parameters| {
                let run: fn(&mut Gateway, $parameters) -> Result<$result, Refused> = $run;
                let result = run(gateway, read(parameters)?)?;
                Ok(serde_json::to_value(result).expect("results are text, numbers, lists and objects"))
            },
        }),*];
    };
}

methods! {
    "tools/list" Nothing => Tools: |_, _| Ok(Tools { tools: catalog().iter().map(crate::tools::listed).collect() });
    "tools/call" ToolCall => CallResult: Gateway::call;
    "session/open" Nothing => Opened: |gateway, _| gateway.open();
    "session/reset" Which => Nothing: |gateway, which| {
        gateway.session(&which.session)?.reset()?;
        Ok(Nothing {})
    };
    "session/fork" Which => Opened: |gateway, which| {
        let fork = gateway.session(&which.session)?.fork()?;
        Ok(gateway.keep(fork))
    };
    "session/changes" Which => Changes: |gateway, which| {
        let changes = gateway.session(&which.session)?.changes()?;
        Ok(Changes { changes: changes.iter().map(ChangedRow::of).collect() })
    };
    "session/export" Export => Exported: |gateway, Export { session, folder }| {
        export::write_all(gateway.session(&session)?, &folder)?;
        Ok(Exported { folder })
    };
    "session/close" Which => Nothing: |gateway, which| {
        gateway.session(&which.session)?;
        gateway.sessions.remove(&which.session);
        Ok(Nothing {})
    };
}

fn read<T: DeserializeOwned>(parameters: Json) -> Result<T, Refused> {
    T::deserialize(parameters).map_err(|error| Refused {
        code: BAD_PARAMETERS,
        message: error.to_string(),
    })
}

impl Gateway {
    /// A gateway without sessions, for offices that start as this world.
    pub fn new(world: Arc<World>) -> Gateway {
        Gateway {
            world,
            session_dir: None,
            sessions: BTreeMap::new(),
            opened: 0,
        }
    }

    /// The same gateway, whose `session/open` opens the session of a folder.
    pub fn with_session_dir(self, folder: &Path) -> Gateway {
        Gateway {
            session_dir: Some(folder.to_owned()),
            ..self
        }
    }

    fn open(&mut self) -> Result<Opened, Refused> {
        let Some(folder) = &self.session_dir else {
            let session = Session::open(&self.world)?;
            return Ok(self.keep(session));
        };
        match self.sessions.iter().find(|(_, it)| it.is_kept()) {
            Some((id, session)) => Ok(describe(id, session)),
            None => {
                let session = Session::open_in(folder, &self.world)?;
                Ok(self.keep(session))
            }
        }
    }

    /// Serves one message.
    ///
    /// # Errors
    /// An unknown method or session, wrong parameters, or a fault. Nothing has changed then. What a tool refuses is no error but a
    /// result with `refused`.
    pub fn serve(&mut self, method: &str, parameters: Json) -> Result<Json, Refused> {
        match METHODS.iter().find(|known| known.name == method) {
            Some(method) => (method.run)(self, parameters),
            None => {
                let names = METHODS
                    .iter()
                    .map(|method| method.name)
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(Refused {
                    code: NO_METHOD,
                    message: format!("there is no method {method:?}: there are {names}"),
                })
            }
        }
    }

    fn call(&mut self, call: ToolCall) -> Result<CallResult, Refused> {
        let session = self.session(&call.session)?;
        let arguments = call.arguments.unwrap_or_else(|| json!({}));
        let (refused, result) = match native::call(session, &call.name, &arguments) {
            Ok(result) => (false, result),
            Err(Failure::Refusal(refusal)) => (true, json!(refusal.to_string())),
            Err(Failure::UnknownTool(message)) => {
                let code = BAD_PARAMETERS;
                return Err(Refused { code, message });
            }
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        Ok(CallResult { refused, result })
    }

    fn session(&mut self, id: &str) -> Result<&mut Session, Refused> {
        self.sessions.get_mut(id).ok_or_else(|| Refused {
            code: NO_SESSION,
            message: format!(
                "there is no session {id:?}, or it was closed: open one with session/open"
            ),
        })
    }

    fn keep(&mut self, session: Session) -> Opened {
        self.opened += 1;
        let id = self.opened.to_string();
        let answer = describe(&id, &session);
        self.sessions.insert(id, session);
        answer
    }
}

fn describe(id: &str, session: &Session) -> Opened {
    let world = session.world();
    Opened {
        session: id.to_owned(),
        world: world.name().to_owned(),
        clock: world.clock().to_string(),
        owner: world.owner().to_owned(),
    }
}
