//! What sessions start from: worlds, suites with their judges, and offices made from a seed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use breakroom_sandbox::Fault;
use breakroom_sandbox::office;
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tools::session::{Dialect, Session, Start};

use super::{ApiError, ErrorCode};
use crate::wire::{self, Open, TaskInfo, WhichTasks};

/// Sessions of one office that wait for their next use.
const IDLE: usize = 64;
/// Offices made from a seed that are kept.
const MADE: usize = 8;

/// What sessions start from.
#[derive(Default)]
pub struct Library {
    offices: Vec<Arc<Office>>,
    suites: Vec<Shelf>,
    made: Mutex<Vec<(u64, Arc<Office>)>>,
}

/// A suite was drawn from a world that is not there.
#[derive(Debug, thiserror::Error)]
#[error(
    "suite {suite} was drawn from world {world} with checksum {checksum}, and no world here has it: name its folder with --world"
)]
pub struct NoStart {
    suite: String,
    world: String,
    checksum: String,
}

/// A start, with sessions that are ready.
pub(super) struct Office {
    pub(super) name: String,
    pub(super) start: Start,
    /// What time it is there, as it is told.
    pub(super) clock: String,
    idle: Mutex<Vec<Session>>,
}

/// A suite, and the judges of those of its tasks that were ever judged.
struct Shelf {
    suite: Suite,
    /// By the tasks' ids, where they are.
    places: HashMap<String, usize>,
    office: Arc<Office>,
    judges: Vec<OnceLock<Arc<Judge<'static>>>>,
}

/// A task of a suite.
#[derive(Clone)]
pub(super) struct Chosen {
    shelf: usize,
    task: usize,
}

/// What a session is to start from.
pub(super) struct Beginning {
    pub(super) office: Arc<Office>,
    pub(super) chosen: Option<Chosen>,
}

impl Office {
    fn new(name: &str, start: Start) -> Arc<Office> {
        Arc::new(Office {
            name: name.to_owned(),
            clock: start.clock(),
            start,
            idle: Mutex::default(),
        })
    }

    /// A fresh session.
    pub(super) fn open(&self) -> Result<Session, Fault> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| self.start.open(), Ok)
    }

    /// Takes back a session that is no longer used, to be handed out again.
    pub(super) fn take_back(&self, mut session: Session) {
        if matches!(&session, Session::Native(native) if native.is_kept()) {
            return;
        }
        // One that cannot be reset is dropped instead.
        if session.reset().is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE {
                idle.push(session);
            }
        }
    }

    /// Whose office it is.
    pub(super) fn owner(&self) -> Option<String> {
        match &self.start {
            Start::Native(world) => Some(world.owner().to_owned()),
            Start::Workbench(_) => None,
        }
    }
}

impl Library {
    /// A library of one world.
    pub fn of(world: Arc<World>) -> Library {
        let mut library = Library::default();
        let name = world.name().to_owned();
        library.add_start(&name, Start::Native(world));
        library
    }

    /// Adds where sessions can start; those that ask for nothing start from the first one.
    pub fn add_start(&mut self, name: &str, start: Start) {
        self.offices.push(Office::new(name, start));
    }

    /// Adds a suite, whose tasks start from one of the starts that were added before.
    ///
    /// # Errors
    /// None of them is the suite's.
    pub fn add_suite(&mut self, suite: Suite) -> Result<(), NoStart> {
        let own = |office: &&Arc<Office>| office.start.checksum() == suite.header.world_checksum;
        let Some(office) = self.offices.iter().find(own).cloned() else {
            return Err(NoStart {
                suite: suite.header.suite,
                world: suite.header.world,
                checksum: suite.header.world_checksum,
            });
        };
        let judges = suite.tasks.iter().map(|_| OnceLock::new()).collect();
        let ids = suite.tasks.iter().map(|task| task.id.clone());
        self.suites.push(Shelf {
            places: ids.zip(0..).collect(),
            suite,
            office,
            judges,
        });
        Ok(())
    }

    /// The suites.
    pub(super) fn suites(&self) -> wire::Suites {
        let suites = self.suites.iter().map(|shelf| wire::SuiteInfo {
            suite: shelf.suite.header.suite.clone(),
            dialect: shelf.suite.header.dialect,
            world: shelf.suite.header.world.clone(),
            tasks: shelf.suite.tasks.len(),
        });
        wire::Suites {
            suites: suites.collect(),
        }
    }

    /// Tasks of the suites.
    pub(super) fn tasks(&self, which: &WhichTasks) -> Result<wire::Tasks, ApiError> {
        let shelves: Vec<&Shelf> = match &which.suite {
            Some(name) => vec![&self.suites[self.shelf(name)?]],
            None => self.suites.iter().collect(),
        };
        let holds = |task: &Task| {
            which.contains.as_ref().is_none_or(|text| {
                let mut words = task.tags.iter().chain(&task.domains).chain([&task.id]);
                words.any(|word| word.contains(text))
            })
        };
        let found: Vec<TaskInfo> = shelves
            .into_iter()
            .flat_map(|shelf| {
                let own = shelf.suite.tasks.iter().filter(|task| holds(task));
                own.map(|task| info(&shelf.suite.header.suite, task))
            })
            .collect();
        Ok(wire::Tasks {
            total: found.len(),
            tasks: found
                .into_iter()
                .skip(which.offset.unwrap_or(0))
                .take(which.limit.unwrap_or(usize::MAX))
                .collect(),
        })
    }

    /// A task with all that is expected of it.
    pub(super) fn whole_task(&self, suite: &str, id: &str) -> Result<&Task, ApiError> {
        let chosen = self.choose(Some(suite), id)?;
        Ok(self.task(&chosen))
    }

    /// What a session starts from that was asked for so.
    pub(super) fn begin(&self, open: &Open) -> Result<Beginning, ApiError> {
        let chosen = match (&open.task, &open.suite, open.seed) {
            (Some(_), _, Some(seed)) => {
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "a task leaves nothing to draw by seed {seed}: leave out the seed, or the task to draw one of the suite"
                )));
            }
            (Some(id), suite, None) => Some(self.choose(suite.as_deref(), id)?),
            (None, Some(suite), seed) => Some(self.draw(suite, seed)?),
            (None, None, _) => None,
        };
        let office = match &chosen {
            Some(chosen) => self.office_of(chosen, open)?,
            None => self.office(open)?,
        };
        Ok(Beginning { office, chosen })
    }

    /// The task that was chosen.
    pub(super) fn task(&self, chosen: &Chosen) -> &Task {
        &self.suites[chosen.shelf].suite.tasks[chosen.task]
    }

    /// The name of its suite.
    pub(super) fn suite_of(&self, chosen: &Chosen) -> &str {
        &self.suites[chosen.shelf].suite.header.suite
    }

    /// The judge of a task; its outcomes are played the first time.
    pub(super) fn judge(&self, chosen: &Chosen) -> Result<Arc<Judge<'static>>, Fault> {
        let shelf = &self.suites[chosen.shelf];
        let place = &shelf.judges[chosen.task];
        if let Some(judge) = place.get() {
            return Ok(Arc::clone(judge));
        }
        let judge = Judge::new(&shelf.office.start, self.task(chosen))?.into_owned();
        Ok(Arc::clone(place.get_or_init(|| Arc::new(judge))))
    }

    fn shelf(&self, name: &str) -> Result<usize, ApiError> {
        let found = self
            .suites
            .iter()
            .position(|shelf| shelf.suite.header.suite == name);
        found.ok_or_else(|| {
            let names = self.suites.iter().map(|it| it.suite.header.suite.as_str());
            ErrorCode::Unknown.with_message(format!(
                "there is no suite {name:?}: there are {}",
                listed(names)
            ))
        })
    }

    fn choose(&self, suite: Option<&str>, id: &str) -> Result<Chosen, ApiError> {
        let only = suite.map(|name| self.shelf(name)).transpose()?;
        let mut shelves = self.suites.iter().enumerate();
        let found = shelves.find_map(|(shelf, it)| {
            let task = *it.places.get(id)?;
            (only.is_none_or(|only| only == shelf)).then_some(Chosen { shelf, task })
        });
        found.ok_or_else(|| {
            ErrorCode::Unknown.with_message(format!(
                "there is no task {id:?}: list them with task/list or GET /suites/{{suite}}/tasks"
            ))
        })
    }

    fn draw(&self, suite: &str, seed: Option<u64>) -> Result<Chosen, ApiError> {
        let shelf = self.shelf(suite)?;
        let tasks = self.suites[shelf].suite.tasks.len() as u64;
        match seed {
            Some(seed) if tasks > 0 => Ok(Chosen {
                shelf,
                task: (spread(seed) % tasks) as usize,
            }),
            _ => Err(ErrorCode::BadParameters.with_message(format!(
                "suite {suite:?} has {tasks} tasks, and none is named: name a task, or a seed to draw one"
            ))),
        }
    }

    fn office_of(&self, chosen: &Chosen, open: &Open) -> Result<Arc<Office>, ApiError> {
        let Shelf { suite, office, .. } = &self.suites[chosen.shelf];
        let (dialect, name) = (suite.header.dialect, &suite.header.suite);
        if open.dialect.is_some_and(|wanted| wanted != dialect) {
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the tasks of suite {name:?} are for the dialect {}: leave the dialect out",
                dialect_name(dialect)
            )));
        }
        if let Some(world) = open.world.as_ref().filter(|world| **world != office.name) {
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the tasks of suite {name:?} are in the world {:?}, not in {world:?}: leave the world out",
                office.name
            )));
        }
        Ok(Arc::clone(office))
    }

    fn office(&self, open: &Open) -> Result<Arc<Office>, ApiError> {
        let dialect = open.dialect.unwrap_or_default();
        if let Some(seed) = open.seed {
            if open.world.is_some() || dialect != Dialect::Native {
                return Err(ErrorCode::BadParameters.with_message(
                    "a seed makes a world of its own, for native tools: leave out the world and the dialect, or the seed",
                ));
            }
            return self.made(seed);
        }
        let fits = |office: &&Arc<Office>| {
            office.start.dialect() == dialect
                && open.world.as_ref().is_none_or(|name| *name == office.name)
        };
        self.offices.iter().find(fits).cloned().ok_or_else(|| {
            let offices = self.offices.iter();
            let names: Vec<String> = offices
                .map(|it| format!("{} ({})", it.name, dialect_name(it.start.dialect())))
                .collect();
            ErrorCode::Unknown.with_message(format!(
                "there is no world {} for the dialect {}: there are {}",
                open.world.as_deref().unwrap_or("at all"),
                dialect_name(dialect),
                listed(names.iter().map(String::as_str))
            ))
        })
    }

    /// The office of a seed, made where it is not kept.
    fn made(&self, seed: u64) -> Result<Arc<Office>, ApiError> {
        let kept = |made: &[(u64, Arc<Office>)]| {
            let found = made.iter().find(|(known, _)| *known == seed);
            found.map(|(_, office)| Arc::clone(office))
        };
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(office) = kept(&made()) {
            return Ok(office);
        }
        // Made without the lock, which other sessions wait for.
        let name = format!("office-{seed}");
        let world = World::freeze(office::generate(&name, seed, 1))
            .map_err(|error| ErrorCode::Fault.with_message(error.to_string()))?;
        let office = Office::new(&name, Start::Native(world));
        let mut made = made();
        if let Some(office) = kept(&made) {
            return Ok(office);
        }
        if made.len() == MADE {
            made.remove(0);
        }
        made.push((seed, Arc::clone(&office)));
        Ok(office)
    }
}

/// A dialect as the command line and the wire write it.
pub(super) fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Native => "native",
        Dialect::Workbench => "workbench",
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn info(suite: &str, task: &Task) -> TaskInfo {
    TaskInfo {
        id: task.id.clone(),
        suite: suite.to_owned(),
        template: task.template.clone(),
        domains: task.domains.clone(),
        prompt: task.prompt.clone(),
        tags: task.tags.clone(),
        difficulty: task.difficulty,
    }
}

/// Seeds that follow one another choose tasks far apart (the finalizer of SplitMix64).
fn spread(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
