//! The sessions by id: opening, finding, closing and reaping them.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use breakroom_sandbox::session::Session as NativeSession;
use breakroom_tools::session::{Session, Start};

use super::held::{Held, no_session};
use super::kept::Kept;
use super::lent::Counter;
use super::library::{Beginning, Chosen, Library, Office};
use super::witness::Nobody;
use super::work::Work;
use super::{ApiError, ErrorCode, Limits, Witness};
use crate::chaos::{Chaos, Disturber};
use crate::wire::Open;

/// How many sessions that are gone are remembered, to say so.
const REMEMBERED: usize = 10_000;

/// How sessions are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// 1, 2, 3, without tokens: the transport itself proves who asks.
    Counted,
    /// By chance, each with a token: nobody can guess another.
    Random,
}

/// What a gateway's clock says: time since some moment, which never goes back.
type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The sessions of one server. It is shared by threads; calls in different sessions do not wait for each other.
pub struct Gateway {
    pub(super) library: Arc<Library>,
    pub(super) limits: Limits,
    pub(super) witness: Arc<dyn Witness>,
    pub(super) server_token: Option<String>,
    session_dir: Option<PathBuf>,
    chaos: Option<Chaos>,
    names: Names,
    clock: Clock,
    opened: AtomicU64,
    sessions: RwLock<HashMap<String, Arc<Held>>>,
    pub(super) lent: RwLock<HashMap<String, Arc<Counter>>>,
    gone: Mutex<Gone>,
}

/// Sessions that were closed by nobody's wish.
#[derive(Default)]
struct Gone {
    order: VecDeque<String>,
    tokens: HashMap<String, Option<String>>,
}

impl Gateway {
    /// A gateway without sessions or tokens, whose sessions start from what is in this library.
    pub fn new(library: Library, names: Names) -> Gateway {
        let start = Instant::now();
        Gateway {
            library: Arc::new(library),
            limits: Limits::default(),
            witness: Arc::new(Nobody),
            server_token: None,
            session_dir: None,
            chaos: None,
            names,
            clock: Box::new(move || start.elapsed()),
            opened: AtomicU64::new(0),
            sessions: RwLock::default(),
            lent: RwLock::default(),
            gone: Mutex::default(),
        }
    }

    /// The same gateway with other limits.
    pub fn with_limits(self, limits: Limits) -> Gateway {
        Gateway { limits, ..self }
    }

    /// The same gateway, which tells somebody what happens.
    pub fn with_witness(self, witness: Arc<dyn Witness>) -> Gateway {
        Gateway { witness, ..self }
    }

    /// The same gateway, whose harness has to show this token.
    pub fn with_server_token(self, token: Option<String>) -> Gateway {
        Gateway {
            server_token: token,
            ..self
        }
    }

    /// The same gateway with another clock: any that never goes back.
    pub fn with_clock(self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Gateway {
        Gateway {
            clock: Box::new(clock),
            ..self
        }
    }

    /// The same gateway, which opens the one session of a folder.
    pub fn with_session_dir(self, folder: &Path) -> Gateway {
        Gateway {
            session_dir: Some(folder.to_owned()),
            ..self
        }
    }

    /// The same gateway, whose calls are disturbed in sessions that ask for nothing else.
    pub fn with_chaos(self, chaos: Option<Chaos>) -> Gateway {
        Gateway { chaos, ..self }
    }

    /// The limits that hold.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether a harness has to show a token.
    pub fn needs_token(&self) -> bool {
        self.server_token.is_some()
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        let sessions = self.sessions.read();
        sessions.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Closes every session that nobody has used for too long, and returns how many. A server calls it now and then.
    pub fn reap(&self) -> usize {
        let now = (self.clock)();
        let expired: Vec<Arc<Held>> = {
            let mut sessions = self
                .sessions
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let expired = |_: &String, held: &mut Arc<Held>| held.idle(now) >= self.limits.idle;
            sessions.extract_if(expired).map(|(_, held)| held).collect()
        };
        for held in &expired {
            held.close();
            self.witness.closed(true);
            self.remember(held);
        }
        expired.len()
    }

    pub(super) fn open(&self, open: &Open) -> Result<Arc<Held>, ApiError> {
        let Beginning { office, chosen } = self.library.begin(open)?;
        let chaos = self.chaos_of(open)?;
        if let Some(folder) = &self.session_dir {
            return self.open_kept(folder, &office, chosen, chaos);
        }
        self.has_room(1)?;
        let mut session = office.open()?;
        session.limit_time(Some(self.limits.call_time))?;
        let disturber = self.disturber(chaos, &office, chosen.as_ref());
        self.keep(office, chosen, Work::new(session, disturber))
    }

    /// What disturbs a session that is opened so.
    fn chaos_of<'a>(&'a self, open: &'a Open) -> Result<Option<&'a Chaos>, ApiError> {
        let Some(chaos) = &open.chaos else {
            return Ok(self.chaos.as_ref());
        };
        let checked = chaos.check();
        checked
            .map_err(|error| ErrorCode::BadParameters.with_message(format!("chaos: {error:#}")))?;
        Ok(Some(chaos))
    }

    /// Calls of one task are disturbed alike in every session, and as in the first trial of a run.
    fn disturber(
        &self,
        chaos: Option<&Chaos>,
        office: &Office,
        chosen: Option<&Chosen>,
    ) -> Option<Disturber> {
        let place = chosen.map_or(&office.name, |chosen| &self.library.task(chosen).id);
        chaos.map(|chaos| chaos.for_episode(place, 1))
    }

    /// Refuses where so many more sessions are too many.
    pub(super) fn has_room(&self, more: usize) -> Result<(), ApiError> {
        let full = |open: usize| open + more > self.limits.sessions;
        if !full(self.open_sessions()) || (self.reap() > 0 && !full(self.open_sessions())) {
            return Ok(());
        }
        Err(self.too_many())
    }

    /// Puts a session among the others under a name of its own.
    pub(super) fn keep(
        &self,
        office: Arc<Office>,
        chosen: Option<Chosen>,
        work: Work,
    ) -> Result<Arc<Held>, ApiError> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed) + 1;
        let (id, token) = match self.names {
            Names::Counted => (number.to_string(), None),
            Names::Random => (random::<8>(), Some(random::<16>())),
        };
        let held = Arc::new(Held::new(id, token, office, chosen, work));
        held.touch((self.clock)());
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= self.limits.sessions {
            return Err(self.too_many());
        }
        sessions.insert(held.id.clone(), Arc::clone(&held));
        drop(sessions);
        self.witness.opened();
        Ok(held)
    }

    /// The session of that name.
    pub(super) fn find(&self, id: &str) -> Result<Arc<Held>, ApiError> {
        let found = self
            .sessions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        let Some(held) = found else {
            return Err(match self.token_of_gone(id) {
                Some(_) => self.expired(id),
                None => no_session(id),
            });
        };
        held.touch((self.clock)());
        Ok(held)
    }

    /// The token that a session had which expired.
    pub(super) fn token_of_gone(&self, id: &str) -> Option<Option<String>> {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.tokens.get(id).cloned()
    }

    pub(super) fn expired(&self, id: &str) -> ApiError {
        ErrorCode::Expired.with_message(format!(
            "session {id:?} was closed, since nobody used it for {} seconds: open another",
            self.limits.idle.as_secs()
        ))
    }

    pub(super) fn close(&self, id: &str) -> Result<(), ApiError> {
        let held = self.find(id)?;
        let removed = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        if removed.is_some() {
            held.close();
            self.witness.closed(false);
        }
        Ok(())
    }

    /// Every session, by id.
    pub(super) fn all(&self) -> Vec<Arc<Held>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<Held>> = sessions.values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn open_kept(
        &self,
        folder: &Path,
        office: &Arc<Office>,
        chosen: Option<Chosen>,
        chaos: Option<&Chaos>,
    ) -> Result<Arc<Held>, ApiError> {
        let wanted = chosen.as_ref().map(|chosen| {
            let task = self.library.task(chosen);
            (self.library.suite_of(chosen), task.id.as_str())
        });
        // The one session of a folder may be open already.
        let already = self.all().into_iter().find(|held| held.is_kept());
        if let Some(held) = already {
            let task = held.chosen.as_ref().map(|chosen| {
                let task = self.library.task(chosen);
                (self.library.suite_of(chosen), task.id.as_str())
            });
            if task == wanted {
                return Ok(held);
            }
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the folder's session is of task {}: close it, and name another folder for another task",
                task.map_or("none", |(_, task)| task)
            )));
        }
        let Start::Native(world) = &office.start else {
            return Err(ErrorCode::BadParameters
                .with_message("a session in a folder has native tools: leave the folder out"));
        };
        let mut session = Session::Native(NativeSession::open_in(folder, world)?);
        let (kept, trace) = Kept::open(folder, wanted, chaos, session.calls())?;
        session.limit_time(Some(self.limits.call_time))?;
        let disturber = self.disturber(chaos, office, chosen.as_ref());
        let work = Work::kept(session, disturber, kept, trace);
        self.keep(Arc::clone(office), chosen, work)
    }

    fn too_many(&self) -> ApiError {
        ErrorCode::TooManySessions.with_message(format!(
            "there are {} sessions, which is all there may be: close some, or start the server with a larger --max-sessions",
            self.limits.sessions
        ))
    }

    fn remember(&self, held: &Held) {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        if gone.order.len() == REMEMBERED
            && let Some(oldest) = gone.order.pop_front()
        {
            gone.tokens.remove(&oldest);
        }
        gone.order.push_back(held.id.clone());
        gone.tokens.insert(held.id.clone(), held.token.clone());
    }
}

/// Random bytes in hexadecimal.
pub fn random<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
