//! What all of it came to: a row for each framework without faults, and one for each framework and fault.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_tasks::verdict::Outcome;
use comfy_table::Table;
use serde::Serialize;

use super::bench::Played;
use super::environment::Ready;
use super::reference::{Extra, Reference};
use super::response::Response;
use breakroom_model_server::faults::FaultSetting;
use breakroom_record::record::EpisodeRecord;

/// A framework, as rows name it.
#[derive(Clone, Debug, Serialize)]
struct Name {
    framework: String,
    version: String,
}

/// A framework with a model that does everything right.
#[derive(Debug, Serialize)]
struct Alone {
    #[serde(flatten)]
    name: Name,
    tasks: usize,
    solved: usize,
    /// Calls beyond those of the policy.
    extra: Extra,
    /// Seconds of all episodes.
    seconds: f64,
    folder: PathBuf,
    /// Those that were not solved.
    unsolved: Vec<Unsolved>,
}

#[derive(Debug, Serialize)]
struct Unsolved {
    task: String,
    outcome: Outcome,
    said: Option<String>,
}

/// A framework with a model that fails.
#[derive(Debug, Serialize)]
struct Failing {
    #[serde(flatten)]
    name: Name,
    fault: String,
    /// Episodes in which the fault happened.
    tasks: usize,
    responses: BTreeMap<Response, usize>,
    extra: Extra,
    folder: PathBuf,
    episodes: Vec<Answered>,
}

/// What a framework made of the fault in one episode, and its last words.
#[derive(Debug, Serialize)]
struct Answered {
    task: String,
    response: Response,
    said: Option<String>,
}

/// Rows, as they come.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Without faults.
    frameworks: Vec<Alone>,
    /// With one each.
    faults: Vec<Failing>,
    /// Episodes that failed on our side.
    broken: usize,
}

impl Report {
    /// Adds a run, and says in a line what it came to.
    ///
    /// # Errors
    /// A trace cannot be read.
    pub fn add(
        &mut self,
        ready: &Ready,
        fault: Option<FaultSetting>,
        played: &Played,
        reference: &Reference,
    ) -> Result<String> {
        let name = Name {
            framework: ready.framework.name.clone(),
            version: ready.version.clone(),
        };
        let episodes = &played.run.episodes;
        let broken = episodes.iter().filter(|it| it.outcome == Outcome::Fault);
        self.broken += broken.count();
        Ok(match fault {
            None => {
                let row = alone(name, played, reference)?;
                let line = row.to_string();
                self.frameworks.push(row);
                line
            }
            Some(fault) => {
                let row = failing(name, fault, played, reference)?;
                let line = row.to_string();
                self.faults.push(row);
                line
            }
        })
    }

    /// Episodes that failed on our side.
    pub fn broken(&self) -> usize {
        self.broken
    }

    /// Whether every framework solved every task while nothing went wrong.
    pub fn all_solved(&self) -> bool {
        self.frameworks.iter().all(|row| row.solved == row.tasks)
    }

    /// The tables: frameworks without faults, and with them.
    pub fn tables(&self) -> Vec<Table> {
        let tables = [
            (self.frameworks.is_empty(), self.alone()),
            (self.faults.is_empty(), self.failing()),
        ];
        tables
            .into_iter()
            .filter_map(|(empty, table)| (!empty).then_some(table))
            .collect()
    }

    /// The runs that have a task which was not solved, and the first such task.
    pub fn unsolved(&self) -> impl Iterator<Item = (&PathBuf, &str)> {
        self.frameworks
            .iter()
            .filter_map(|row| Some((&row.folder, row.unsolved.first()?.task.as_str())))
    }

    fn alone(&self) -> Table {
        let mut table = breakroom_report::table::new();
        table.set_header([
            "framework",
            "version",
            "tasks",
            "solved",
            "extra calls",
            "repeated",
            "seconds",
        ]);
        for row in &self.frameworks {
            table.add_row([
                row.name.framework.clone(),
                row.name.version.clone(),
                row.tasks.to_string(),
                row.solved.to_string(),
                row.extra.calls.to_string(),
                row.extra.repeated.to_string(),
                format!("{:.1}", row.seconds),
            ]);
        }
        table
    }

    fn failing(&self) -> Table {
        let mut table = breakroom_report::table::new();
        let responses = Response::ALL.map(Response::name);
        let header = ["framework", "fault", "tasks"].into_iter().chain(responses);
        table.set_header(header.chain(["extra calls", "repeated"]));
        for row in &self.faults {
            let mut cells = vec![
                row.name.framework.clone(),
                row.fault.clone(),
                row.tasks.to_string(),
            ];
            cells.extend(Response::ALL.map(|response| {
                row.responses
                    .get(&response)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            }));
            cells.extend([row.extra.calls.to_string(), row.extra.repeated.to_string()]);
            table.add_row(cells);
        }
        table
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.framework, self.version)
    }
}

impl std::fmt::Display for Alone {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Alone {
            name,
            tasks,
            solved,
            ..
        } = self;
        write!(formatter, "{name}: {solved} of {tasks} solved")
    }
}

impl std::fmt::Display for Failing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}, {}:", self.name, self.fault)?;
        if self.responses.is_empty() {
            return formatter.write_str(" it could not happen");
        }
        for (response, count) in &self.responses {
            write!(formatter, " {count} {}", response.name())?;
        }
        Ok(())
    }
}

fn response(episode: &EpisodeRecord) -> Option<Response> {
    Response::of(episode.outcome, episode.ending.kind)
}

fn alone(name: Name, played: &Played, reference: &Reference) -> Result<Alone> {
    let run = &played.run;
    let mut extra = Extra::default();
    for episode in &run.episodes {
        extra += reference.beyond(&episode.task, &run.trace(episode)?);
    }
    let unsolved: Vec<Unsolved> = run
        .episodes
        .iter()
        .filter(|episode| response(episode) != Some(Response::Recovered))
        .map(|episode| Unsolved {
            task: episode.task.clone(),
            outcome: episode.outcome,
            said: episode.ending.text.clone(),
        })
        .collect();
    Ok(Alone {
        name,
        tasks: run.episodes.len(),
        solved: run.episodes.len() - unsolved.len(),
        extra,
        seconds: run
            .episodes
            .iter()
            .map(|episode| episode.timings.total_ms)
            .sum::<f64>()
            / 1e3,
        folder: run.path.clone(),
        unsolved,
    })
}

fn failing(
    name: Name,
    fault: FaultSetting,
    played: &Played,
    reference: &Reference,
) -> Result<Failing> {
    let run = &played.run;
    let (mut extra, mut responses, mut answered) = (Extra::default(), BTreeMap::new(), Vec::new());
    let struck = run
        .episodes
        .iter()
        .filter(|episode| played.struck.contains(&episode.task));
    for episode in struck {
        let Some(response) = response(episode) else {
            continue;
        };
        extra += reference.beyond(&episode.task, &run.trace(episode)?);
        *responses.entry(response).or_default() += 1;
        answered.push(Answered {
            task: episode.task.clone(),
            response,
            said: episode.ending.text.clone(),
        });
    }
    Ok(Failing {
        name,
        fault: fault.to_string(),
        tasks: answered.len(),
        responses,
        extra,
        folder: run.path.clone(),
        episodes: answered,
    })
}
