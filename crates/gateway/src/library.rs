//! What sessions start from: worlds, suites with their judges, and offices that are generated from a seed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use breakroom_sandbox::Fault;
use breakroom_sandbox::office;
use breakroom_sandbox::world::World;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tools::session::{Dialect, InitialState};

use super::session_source::SessionSource;
use super::{ApiError, ErrorCode};
use crate::wire::{self, OpenRequest, TaskFilter, TaskInfo};

/// How many generated offices are kept.
const MAX_GENERATED: usize = 8;

/// What sessions start from.
#[derive(Default)]
pub struct Library {
    sources: Vec<Arc<SessionSource>>,
    suites: Vec<LibrarySuite>,
    generated: Mutex<Vec<(u64, Arc<SessionSource>)>>,
}

/// A suite needs a world that the library does not have.
#[derive(Debug, thiserror::Error)]
#[error(
    "suite {suite} was drawn from world {world} with checksum {checksum}, and no world here has that checksum: name its folder with --world"
)]
pub struct MissingWorld {
    suite: String,
    world: String,
    checksum: String,
}

/// A suite, with the judges of the tasks that were judged before.
struct LibrarySuite {
    suite: Suite,
    /// Positions of the tasks by their ids.
    positions: HashMap<String, usize>,
    source: Arc<SessionSource>,
    judges: Vec<OnceLock<Arc<Judge<'static>>>>,
}

/// Where a task is in the library.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TaskIndex {
    suite: usize,
    task: usize,
}

/// What a session has to start from.
pub(super) struct OpenTarget {
    pub(super) source: Arc<SessionSource>,
    pub(super) task: Option<TaskIndex>,
}

impl Library {
    /// A library of one world.
    pub fn of(world: Arc<World>) -> Library {
        let mut library = Library::default();
        let name = world.name().to_owned();
        library.add_start(&name, InitialState::Native(world));
        library
    }

    /// Adds a start for sessions. A session that asks for nothing else gets the first one.
    pub fn add_start(&mut self, name: &str, start: InitialState) {
        self.sources.push(SessionSource::new(name, start));
    }

    /// Adds a suite, whose tasks start from one of the starts that were added before.
    ///
    /// # Errors
    /// None of those has the checksum of the suite's world.
    pub fn add_suite(&mut self, suite: Suite) -> Result<(), MissingWorld> {
        let fits =
            |source: &&Arc<SessionSource>| source.start.checksum() == suite.header.world_checksum;
        let Some(source) = self.sources.iter().find(fits).cloned() else {
            return Err(MissingWorld {
                suite: suite.header.suite,
                world: suite.header.world,
                checksum: suite.header.world_checksum,
            });
        };
        let judges = suite.tasks.iter().map(|_| OnceLock::new()).collect();
        let ids = suite.tasks.iter().map(|task| task.id.clone());
        self.suites.push(LibrarySuite {
            positions: ids.zip(0..).collect(),
            suite,
            source,
            judges,
        });
        Ok(())
    }

    /// The suites.
    pub(super) fn suites(&self) -> wire::SuiteList {
        let suites = self.suites.iter().map(|known| wire::SuiteInfo {
            suite: known.suite.header.suite.clone(),
            dialect: known.suite.header.dialect,
            world: known.suite.header.world.clone(),
            tasks: known.suite.tasks.len(),
        });
        wire::SuiteList {
            suites: suites.collect(),
        }
    }

    /// The tasks that pass a filter.
    pub(super) fn tasks(&self, which: &TaskFilter) -> Result<wire::TaskList, ApiError> {
        let suites: Vec<&LibrarySuite> = match &which.suite {
            Some(name) => vec![&self.suites[self.find_suite(name)?]],
            None => self.suites.iter().collect(),
        };
        let passes = |task: &Task| {
            which.contains.as_ref().is_none_or(|text| {
                let mut words = task.tags.iter().chain(&task.domains).chain([&task.id]);
                words.any(|word| word.contains(text))
            })
        };
        let found: Vec<TaskInfo> = suites
            .into_iter()
            .flat_map(|known| {
                let tasks = known.suite.tasks.iter().filter(|task| passes(task));
                tasks.map(|task| task_info(&known.suite.header.suite, task))
            })
            .collect();
        Ok(wire::TaskList {
            total: found.len(),
            tasks: found
                .into_iter()
                .skip(which.offset.unwrap_or(0))
                .take(which.limit.unwrap_or(usize::MAX))
                .collect(),
        })
    }

    /// A task with its expected outcomes.
    pub(super) fn whole_task(&self, suite: &str, id: &str) -> Result<&Task, ApiError> {
        let index = self.find_task(Some(suite), id)?;
        Ok(self.task(&index))
    }

    /// Resolves what a session should be opened on.
    pub(super) fn resolve(&self, open: &OpenRequest) -> Result<OpenTarget, ApiError> {
        let task = match (&open.task, &open.suite, open.seed) {
            (Some(_), _, Some(seed)) => {
                return Err(ErrorCode::BadParameters.with_message(format!(
                    "a task is named, so seed {seed} has nothing to draw: leave out the seed, or leave out the task to draw one from the suite"
                )));
            }
            (Some(id), suite, None) => Some(self.find_task(suite.as_deref(), id)?),
            (None, Some(suite), seed) => Some(self.draw_task(suite, seed)?),
            (None, None, _) => None,
        };
        let source = match &task {
            Some(index) => self.source_of_task(index, open)?,
            None => self.find_source(open)?,
        };
        Ok(OpenTarget { source, task })
    }

    /// The task at an index.
    pub(super) fn task(&self, index: &TaskIndex) -> &Task {
        &self.suites[index.suite].suite.tasks[index.task]
    }

    /// The name of its suite.
    pub(super) fn suite_of(&self, index: &TaskIndex) -> &str {
        &self.suites[index.suite].suite.header.suite
    }

    /// The judge of a task. It plays the expected outcomes when it is first asked for.
    pub(super) fn judge(&self, index: &TaskIndex) -> Result<Arc<Judge<'static>>, Fault> {
        let known = &self.suites[index.suite];
        let cell = &known.judges[index.task];
        if let Some(judge) = cell.get() {
            return Ok(Arc::clone(judge));
        }
        let judge = Judge::new(&known.source.start, self.task(index))?.into_owned();
        Ok(Arc::clone(cell.get_or_init(|| Arc::new(judge))))
    }

    fn find_suite(&self, name: &str) -> Result<usize, ApiError> {
        let found = self
            .suites
            .iter()
            .position(|known| known.suite.header.suite == name);
        found.ok_or_else(|| {
            let suites = self.suites.iter();
            let names = suites.map(|known| known.suite.header.suite.as_str());
            ErrorCode::Unknown.with_message(format!(
                "there is no suite {name:?}: there are {}",
                comma_separated(names)
            ))
        })
    }

    fn find_task(&self, suite: Option<&str>, id: &str) -> Result<TaskIndex, ApiError> {
        let only = suite.map(|name| self.find_suite(name)).transpose()?;
        let mut suites = self.suites.iter().enumerate();
        let found = suites.find_map(|(suite, known)| {
            let task = *known.positions.get(id)?;
            (only.is_none_or(|only| only == suite)).then_some(TaskIndex { suite, task })
        });
        found.ok_or_else(|| {
            ErrorCode::Unknown.with_message(format!(
                "there is no task {id:?}: list them with task/list or GET /suites/{{suite}}/tasks"
            ))
        })
    }

    fn draw_task(&self, suite: &str, seed: Option<u64>) -> Result<TaskIndex, ApiError> {
        let index = self.find_suite(suite)?;
        let tasks = self.suites[index].suite.tasks.len() as u64;
        match seed {
            Some(seed) if tasks > 0 => Ok(TaskIndex {
                suite: index,
                task: (mix_bits(seed) % tasks) as usize,
            }),
            _ => Err(ErrorCode::BadParameters.with_message(format!(
                "suite {suite:?} has {tasks} tasks, and the request names none of them: name a task, or a seed to draw one"
            ))),
        }
    }

    fn source_of_task(
        &self,
        index: &TaskIndex,
        open: &OpenRequest,
    ) -> Result<Arc<SessionSource>, ApiError> {
        let LibrarySuite { suite, source, .. } = &self.suites[index.suite];
        let (dialect, name) = (suite.header.dialect, &suite.header.suite);
        if open.dialect.is_some_and(|wanted| wanted != dialect) {
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the tasks of suite {name:?} use the dialect {}: leave the dialect out",
                dialect_name(dialect)
            )));
        }
        if let Some(world) = open.world.as_ref().filter(|world| **world != source.name) {
            return Err(ErrorCode::BadParameters.with_message(format!(
                "the tasks of suite {name:?} are in the world {:?}, not in {world:?}: leave the world out",
                source.name
            )));
        }
        Ok(Arc::clone(source))
    }

    fn find_source(&self, open: &OpenRequest) -> Result<Arc<SessionSource>, ApiError> {
        let dialect = open.dialect.unwrap_or_default();
        if let Some(seed) = open.seed {
            if open.world.is_some() || dialect != Dialect::Native {
                return Err(ErrorCode::BadParameters.with_message(
                    "a seed generates a world of its own, for native tools: leave out the world and the dialect, or leave out the seed",
                ));
            }
            return self.generated_source(seed);
        }
        let fits = |source: &&Arc<SessionSource>| {
            source.start.dialect() == dialect
                && open.world.as_ref().is_none_or(|name| *name == source.name)
        };
        self.sources.iter().find(fits).cloned().ok_or_else(|| {
            let world = open.world.as_ref();
            let world = world.map_or_else(String::new, |world| format!(" {world}"));
            let known: Vec<String> = self
                .sources
                .iter()
                .map(|source| format!("{} ({})", source.name, dialect_name(source.start.dialect())))
                .collect();
            ErrorCode::Unknown.with_message(format!(
                "there is no world{world} for the dialect {}: there are {}",
                dialect_name(dialect),
                comma_separated(known.iter().map(String::as_str))
            ))
        })
    }

    /// The office of a seed, which is generated unless it is kept.
    fn generated_source(&self, seed: u64) -> Result<Arc<SessionSource>, ApiError> {
        let find = |generated: &[(u64, Arc<SessionSource>)]| {
            let found = generated.iter().find(|(known, _)| *known == seed);
            found.map(|(_, source)| Arc::clone(source))
        };
        let lock = || {
            self.generated
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(source) = find(&lock()) {
            return Ok(source);
        }
        // Generated without the lock, so that other sessions need not wait.
        let name = format!("office-{seed}");
        let world = World::freeze(office::generate(&name, seed, 1))
            .map_err(|error| ErrorCode::Fault.with_message(error.to_string()))?;
        let source = SessionSource::new(&name, InitialState::Native(world));
        let mut generated = lock();
        if let Some(source) = find(&generated) {
            return Ok(source);
        }
        if generated.len() == MAX_GENERATED {
            generated.remove(0);
        }
        generated.push((seed, Arc::clone(&source)));
        Ok(source)
    }
}

/// A dialect as the command line and the wire write it.
pub(super) fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Native => "native",
        Dialect::Workbench => "workbench",
    }
}

fn comma_separated<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn task_info(suite: &str, task: &Task) -> TaskInfo {
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

/// Makes consecutive seeds choose tasks that are far apart (the finalizer of SplitMix64).
fn mix_bits(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
