//! The sessions by id: opening, finding, closing and reaping them.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use breakroom_sandbox::session::Session as NativeSession;
use breakroom_tools::session::{InitialState, ToolSession};

use super::CloseCause;
use super::episode_journal::EpisodeJournal;
use super::episode_state::EpisodeState;
use super::leased_session::LeasedSession;
use super::library::{Library, OpenTarget, TaskIndex};
use super::observer::NoopObserver;
use super::random_hex;
use super::session_entry::{SessionEntry, no_session};
use super::session_source::SessionSource;
use super::{ApiError, ErrorCode, GatewayLimits, GatewayObserver};
use crate::chaos::{Chaos, Disturber};
use crate::wire::OpenRequest;

/// How many expired sessions are remembered, to tell their agents so.
const MAX_REMEMBERED: usize = 10_000;

/// What ids sessions get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionIds {
    /// 1, 2, 3, without tokens: the transport itself proves who asks.
    Sequential,
    /// Random ids, each with a token, so that nobody can guess another.
    Random,
}

/// A gateway's clock: time since some moment. It never goes back.
type MonotonicClock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The sessions of one server. Threads share it, and calls in different sessions do not wait for each other.
pub struct Gateway {
    pub(super) library: Arc<Library>,
    pub(super) limits: GatewayLimits,
    pub(super) observer: Arc<dyn GatewayObserver>,
    pub(super) server_token: Option<String>,
    session_dir: Option<PathBuf>,
    chaos: Option<Chaos>,
    ids: SessionIds,
    clock: MonotonicClock,
    opened: AtomicU64,
    sessions: RwLock<HashMap<String, Arc<SessionEntry>>>,
    pub(super) leased: RwLock<HashMap<String, Arc<LeasedSession>>>,
    expired: Mutex<ExpiredSessions>,
}

/// Sessions that were closed because nobody used them.
#[derive(Default)]
struct ExpiredSessions {
    order: VecDeque<String>,
    tokens: HashMap<String, Option<String>>,
}

impl Gateway {
    /// A gateway without sessions or a server token. Sessions start from this library.
    pub fn new(library: Library, ids: SessionIds) -> Gateway {
        let start = Instant::now();
        Gateway {
            library: Arc::new(library),
            limits: GatewayLimits::default(),
            observer: Arc::new(NoopObserver),
            server_token: None,
            session_dir: None,
            chaos: None,
            ids,
            clock: Box::new(move || start.elapsed()),
            opened: AtomicU64::new(0),
            sessions: RwLock::default(),
            leased: RwLock::default(),
            expired: Mutex::default(),
        }
    }

    /// The same gateway with other limits.
    pub fn with_limits(self, limits: GatewayLimits) -> Gateway {
        Gateway { limits, ..self }
    }

    /// The same gateway with an observer.
    pub fn with_observer(self, observer: Arc<dyn GatewayObserver>) -> Gateway {
        Gateway { observer, ..self }
    }

    /// The same gateway, whose harness has to send this token.
    pub fn with_server_token(self, token: Option<String>) -> Gateway {
        Gateway {
            server_token: token,
            ..self
        }
    }

    /// The same gateway with another clock, which must never go back.
    pub fn with_clock(self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Gateway {
        Gateway {
            clock: Box::new(clock),
            ..self
        }
    }

    /// The same gateway, which opens the one session in a folder.
    pub fn with_session_dir(self, folder: &Path) -> Gateway {
        Gateway {
            session_dir: Some(folder.to_owned()),
            ..self
        }
    }

    /// The same gateway, with faults for every session that does not bring its own.
    pub fn with_chaos(self, chaos: Option<Chaos>) -> Gateway {
        Gateway { chaos, ..self }
    }

    /// Its limits.
    pub fn limits(&self) -> &GatewayLimits {
        &self.limits
    }

    /// Whether a harness has to send a token.
    pub fn needs_token(&self) -> bool {
        self.server_token.is_some()
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        let sessions = self.sessions.read();
        sessions.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Closes every session that nobody has used for too long, and returns how many there were. A server calls it regularly.
    pub fn reap(&self) -> usize {
        let now = (self.clock)();
        let expired: Vec<Arc<SessionEntry>> = {
            let mut sessions = self
                .sessions
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let is_idle = |_: &String, entry: &mut Arc<SessionEntry>| {
                entry.idle_time(now) >= self.limits.idle
            };
            let idle = sessions.extract_if(is_idle);
            idle.map(|(_, entry)| entry).collect()
        };
        for entry in &expired {
            entry.close();
            self.observer.session_closed(CloseCause::Idle);
            self.remember_expired(entry);
        }
        expired.len()
    }

    pub(super) fn open(&self, open: &OpenRequest) -> Result<Arc<SessionEntry>, ApiError> {
        let OpenTarget { source, task } = self.library.resolve(open)?;
        let chaos = self.chaos_for(open)?;
        if let Some(folder) = &self.session_dir {
            return self.open_in_folder(folder, &source, task, chaos);
        }
        self.has_room(1)?;
        let mut session = source.open()?;
        session.set_time_limit(Some(self.limits.call_time))?;
        let disturber = self.disturber(chaos, &source, task.as_ref());
        self.add_session(source, task, EpisodeState::new(session, disturber))
    }

    /// The faults of a session: those of the request, or else the gateway's own.
    fn chaos_for<'a>(&'a self, open: &'a OpenRequest) -> Result<Option<&'a Chaos>, ApiError> {
        let Some(chaos) = &open.chaos else {
            return Ok(self.chaos.as_ref());
        };
        let checked = chaos.check();
        checked
            .map_err(|error| ErrorCode::BadParameters.with_message(format!("chaos: {error:#}")))?;
        Ok(Some(chaos))
    }

    /// The calls of one task are disturbed in the same way in every session, and as in the first trial of a run.
    fn disturber(
        &self,
        chaos: Option<&Chaos>,
        source: &SessionSource,
        task: Option<&TaskIndex>,
    ) -> Option<Disturber> {
        let episode = task.map_or(&source.name, |index| &self.library.task(index).id);
        chaos.map(|chaos| Disturber::for_episode(chaos, episode, 1))
    }

    /// Fails if this many more sessions would be too many.
    pub(super) fn has_room(&self, more: usize) -> Result<(), ApiError> {
        let full = |open: usize| open + more > self.limits.sessions;
        if !full(self.open_sessions()) || (self.reap() > 0 && !full(self.open_sessions())) {
            return Ok(());
        }
        Err(self.too_many())
    }

    /// Adds a session under an id of its own.
    pub(super) fn add_session(
        &self,
        source: Arc<SessionSource>,
        task: Option<TaskIndex>,
        state: EpisodeState,
    ) -> Result<Arc<SessionEntry>, ApiError> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed) + 1;
        let (id, token) = match self.ids {
            SessionIds::Sequential => (number.to_string(), None),
            SessionIds::Random => (random_hex::<8>(), Some(random_hex::<16>())),
        };
        let entry = Arc::new(SessionEntry::new(id, token, source, task, state));
        entry.touch((self.clock)());
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= self.limits.sessions {
            return Err(self.too_many());
        }
        sessions.insert(entry.id.clone(), Arc::clone(&entry));
        drop(sessions);
        self.observer.session_opened();
        Ok(entry)
    }

    /// The session with that id.
    pub(super) fn find(&self, id: &str) -> Result<Arc<SessionEntry>, ApiError> {
        let found = self
            .sessions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        let Some(entry) = found else {
            return Err(match self.token_of_expired(id) {
                Some(_) => self.session_expired(id),
                None => no_session(id),
            });
        };
        entry.touch((self.clock)());
        Ok(entry)
    }

    /// The token of an expired session.
    pub(super) fn token_of_expired(&self, id: &str) -> Option<Option<String>> {
        let expired = self.expired.lock().unwrap_or_else(PoisonError::into_inner);
        expired.tokens.get(id).cloned()
    }

    fn session_expired(&self, id: &str) -> ApiError {
        ErrorCode::Expired.with_message(format!(
            "session {id:?} was closed, because nobody used it for {} seconds: open another",
            self.limits.idle.as_secs()
        ))
    }

    pub(super) fn close(&self, id: &str) -> Result<(), ApiError> {
        let entry = self.find(id)?;
        let removed = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        if removed.is_some() {
            entry.close();
            self.observer.session_closed(CloseCause::Requested);
        }
        Ok(())
    }

    /// Every session, by id.
    pub(super) fn all(&self) -> Vec<Arc<SessionEntry>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<SessionEntry>> = sessions.values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    fn open_in_folder(
        &self,
        folder: &Path,
        source: &Arc<SessionSource>,
        task: Option<TaskIndex>,
        chaos: Option<&Chaos>,
    ) -> Result<Arc<SessionEntry>, ApiError> {
        // The folder's one session may be open already.
        let open = self.all().into_iter().find(|entry| entry.is_in_folder());
        if let Some(entry) = open {
            if entry.task == task {
                return Ok(entry);
            }
            let holds = match &entry.task {
                Some(index) => format!("is of task {}", self.library.task(index).id),
                None => "has no task".to_owned(),
            };
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the session in the folder {holds}: close it, and name another folder for another task"
            )));
        }
        let InitialState::Native(world) = &source.start else {
            return Err(ErrorCode::BadParameters
                .with_message("a session in a folder needs native tools: leave the folder out"));
        };
        let mut session = ToolSession::Native(NativeSession::open_in(folder, world)?);
        let names = task.as_ref().map(|index| {
            let task = self.library.task(index);
            (self.library.suite_of(index), task.id.as_str())
        });
        let (journal, trace) = EpisodeJournal::open(folder, names, chaos, session.calls())?;
        session.set_time_limit(Some(self.limits.call_time))?;
        let disturber = self.disturber(chaos, source, task.as_ref());
        let state = EpisodeState::resume(session, disturber, journal, trace);
        self.add_session(Arc::clone(source), task, state)
    }

    fn too_many(&self) -> ApiError {
        ErrorCode::TooManySessions.with_message(format!(
            "all {} sessions that the server allows are open: close some, or start it with a larger --max-sessions",
            self.limits.sessions
        ))
    }

    fn remember_expired(&self, entry: &SessionEntry) {
        let mut expired = self.expired.lock().unwrap_or_else(PoisonError::into_inner);
        if expired.order.len() == MAX_REMEMBERED
            && let Some(oldest) = expired.order.pop_front()
        {
            expired.tokens.remove(&oldest);
        }
        expired.order.push_back(entry.id.clone());
        expired.tokens.insert(entry.id.clone(), entry.token.clone());
    }
}
