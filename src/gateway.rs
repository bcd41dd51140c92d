//! What every front end serves: sessions by id, and the methods that work on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use breakroom_sandbox::session::Session;
use breakroom_sandbox::world::World;
use breakroom_sandbox::{Fault, changes::Change, export};
use breakroom_tools::native::{self, Failure, catalog};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

/// Why a message was not served, in the codes of JSON-RPC 2.0 (section 5.1).
#[derive(Debug)]
pub struct Refused {
    /// -32700 to -32603, or [`NO_SESSION`].
    pub code: i32,
    /// What was wrong, and what would be right.
    pub message: String,
}

/// The session is unknown or was closed.
pub const NO_SESSION: i32 = -32_001;
/// There is no such method.
pub const NO_METHOD: i32 = -32_601;
/// The parameters are not those of the method.
pub const BAD_PARAMETERS: i32 = -32_602;
/// Our own fault.
pub const FAULT: i32 = -32_603;

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

type Method = fn(&mut Gateway, Json) -> Result<Json, Refused>;

/// Every method by name.
const METHODS: &[(&str, Method)] = &[
    ("tools/list", |_, parameters| {
        let Nothing {} = read(parameters)?;
        let tools: Vec<Json> = catalog().iter().map(crate::tools::listed).collect();
        Ok(json!({ "tools": tools }))
    }),
    ("tools/call", Gateway::call),
    ("session/open", |gateway, parameters| {
        let Nothing {} = read(parameters)?;
        gateway.open()
    }),
    ("session/reset", |gateway, parameters| {
        gateway
            .session(&read::<Which>(parameters)?.session)?
            .reset()?;
        Ok(json!({}))
    }),
    ("session/fork", |gateway, parameters| {
        let fork = gateway
            .session(&read::<Which>(parameters)?.session)?
            .fork()?;
        Ok(gateway.keep(fork))
    }),
    ("session/changes", |gateway, parameters| {
        let changes = gateway
            .session(&read::<Which>(parameters)?.session)?
            .changes()?;
        Ok(json!({ "changes": changes.iter().map(Change::to_json).collect::<Vec<_>>() }))
    }),
    ("session/export", |gateway, parameters| {
        let Export { session, folder } = read(parameters)?;
        export::write_all(gateway.session(&session)?, &folder)?;
        Ok(json!({ "folder": folder }))
    }),
    ("session/close", |gateway, parameters| {
        let Which { session } = read(parameters)?;
        gateway.session(&session)?;
        gateway.sessions.remove(&session);
        Ok(json!({}))
    }),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    session: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    session: String,
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolCall {
    session: String,
    name: String,
    #[serde(default)]
    arguments: Option<Json>,
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

    fn open(&mut self) -> Result<Json, Refused> {
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
        match METHODS.iter().find(|(name, _)| *name == method) {
            Some((_, run)) => run(self, parameters),
            None => {
                let names = METHODS
                    .iter()
                    .map(|(name, _)| *name)
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(Refused {
                    code: NO_METHOD,
                    message: format!("there is no method {method:?}: there are {names}"),
                })
            }
        }
    }

    fn call(&mut self, parameters: Json) -> Result<Json, Refused> {
        let ToolCall {
            session,
            name,
            arguments,
        } = read(parameters)?;
        let arguments = arguments.unwrap_or_else(|| json!({}));
        match native::call(self.session(&session)?, &name, &arguments) {
            Ok(result) => Ok(json!({ "refused": false, "result": result })),
            Err(Failure::Refusal(refusal)) => {
                Ok(json!({ "refused": true, "result": refusal.to_string() }))
            }
            Err(Failure::UnknownTool(message)) => Err(Refused {
                code: BAD_PARAMETERS,
                message,
            }),
            Err(Failure::Fault(fault)) => Err(fault.into()),
        }
    }

    fn session(&mut self, id: &str) -> Result<&mut Session, Refused> {
        self.sessions.get_mut(id).ok_or_else(|| Refused {
            code: NO_SESSION,
            message: format!(
                "there is no session {id:?}, or it was closed: open one with session/open"
            ),
        })
    }

    fn keep(&mut self, session: Session) -> Json {
        self.opened += 1;
        let id = self.opened.to_string();
        let answer = describe(&id, &session);
        self.sessions.insert(id, session);
        answer
    }
}

fn describe(id: &str, session: &Session) -> Json {
    let world = session.world();
    json!({ "session": id, "world": world.name(), "clock": world.clock().to_string(), "owner": world.owner() })
}
