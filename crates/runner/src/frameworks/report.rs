//! The report: a row for each framework without faults, and one for each framework and fault.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use breakroom_tasks::verdict::Outcome;
use comfy_table::Table;
use serde::Serialize;

use super::bench::FrameworkRun;
use super::environment::InstalledFramework;
use super::fault_response::FaultResponse;
use super::reference_calls::{ExtraCalls, ReferenceCalls};
use breakroom_model_server::faults::FaultSetting;
use breakroom_record::record::EpisodeRecord;

/// A framework and its version, as rows name it.
#[derive(Clone, Debug, Serialize)]
struct FrameworkVersion {
    framework: String,
    version: String,
}

/// A framework whose model has no faults.
#[derive(Debug, Serialize)]
struct FaultFreeRow {
    #[serde(flatten)]
    name: FrameworkVersion,
    tasks: usize,
    solved: usize,
    /// Calls beyond those of the policy.
    extra: ExtraCalls,
    /// The seconds of all episodes, added up.
    seconds: f64,
    folder: PathBuf,
    /// The tasks that were not solved.
    unsolved: Vec<UnsolvedTask>,
}

#[derive(Debug, Serialize)]
struct UnsolvedTask {
    task: String,
    outcome: Outcome,
    said: Option<String>,
}

/// A framework whose model has a fault.
#[derive(Debug, Serialize)]
struct FaultRow {
    #[serde(flatten)]
    name: FrameworkVersion,
    fault: String,
    /// The number of episodes in which the fault occurred.
    tasks: usize,
    responses: BTreeMap<FaultResponse, usize>,
    extra: ExtraCalls,
    folder: PathBuf,
    episodes: Vec<EpisodeResponse>,
}

/// How a framework responded to the fault in one episode, and its final answer.
#[derive(Debug, Serialize)]
struct EpisodeResponse {
    task: String,
    response: FaultResponse,
    said: Option<String>,
}

/// The rows, in the order in which runs finish.
#[derive(Debug, Default, Serialize)]
pub struct FrameworkReport {
    /// Runs without faults.
    frameworks: Vec<FaultFreeRow>,
    /// Runs with one fault each.
    faults: Vec<FaultRow>,
    /// The number of episodes that ended with a fault of Breakroom.
    broken: usize,
}

impl FrameworkReport {
    /// Adds a run, and returns a line that summarizes it.
    ///
    /// # Errors
    /// A trace cannot be read.
    pub fn add(
        &mut self,
        installed: &InstalledFramework,
        fault: Option<FaultSetting>,
        run: &FrameworkRun,
        reference: &ReferenceCalls,
    ) -> Result<String> {
        let name = FrameworkVersion {
            framework: installed.framework.name.clone(),
            version: installed.version.clone(),
        };
        let episodes = &run.folder.episodes;
        let broken = episodes.iter().filter(|it| !it.outcome.is_judged());
        self.broken += broken.count();
        Ok(match fault {
            None => {
                let row = alone(name, run, reference)?;
                let line = row.to_string();
                self.frameworks.push(row);
                line
            }
            Some(fault) => {
                let row = failing(name, fault, run, reference)?;
                let line = row.to_string();
                self.faults.push(row);
                line
            }
        })
    }

    /// The number of episodes that ended with a fault of Breakroom.
    pub fn broken(&self) -> usize {
        self.broken
    }

    /// Whether every framework solved every task without faults.
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

    /// The runs with an unsolved task, each with the first such task.
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
        let responses = FaultResponse::ALL.map(FaultResponse::name);
        let header = ["framework", "fault", "tasks"].into_iter().chain(responses);
        table.set_header(header.chain(["extra calls", "repeated"]));
        for row in &self.faults {
            let mut cells = vec![
                row.name.framework.clone(),
                row.fault.clone(),
                row.tasks.to_string(),
            ];
            cells.extend(FaultResponse::ALL.map(|response| {
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

impl std::fmt::Display for FrameworkVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.framework, self.version)
    }
}

impl std::fmt::Display for FaultFreeRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let FaultFreeRow {
            name,
            tasks,
            solved,
            ..
        } = self;
        write!(formatter, "{name}: {solved} of {tasks} solved")
    }
}

impl std::fmt::Display for FaultRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}, {}:", self.name, self.fault)?;
        if self.responses.is_empty() {
            return formatter.write_str(" it could not occur");
        }
        for (response, count) in &self.responses {
            write!(formatter, " {count} {}", response.name())?;
        }
        Ok(())
    }
}

fn response(episode: &EpisodeRecord) -> Option<FaultResponse> {
    FaultResponse::of(episode.outcome, episode.ending.kind)
}

fn alone(
    name: FrameworkVersion,
    run: &FrameworkRun,
    reference: &ReferenceCalls,
) -> Result<FaultFreeRow> {
    let folder = &run.folder;
    let mut extra = ExtraCalls::default();
    for episode in &folder.episodes {
        extra += reference.extra_calls(&episode.task, &folder.trace(episode)?);
    }
    let unsolved: Vec<UnsolvedTask> = folder
        .episodes
        .iter()
        .filter(|episode| response(episode) != Some(FaultResponse::Recovered))
        .map(|episode| UnsolvedTask {
            task: episode.task.clone(),
            outcome: episode.outcome,
            said: episode.ending.text.clone(),
        })
        .collect();
    Ok(FaultFreeRow {
        name,
        tasks: folder.episodes.len(),
        solved: folder.episodes.len() - unsolved.len(),
        extra,
        seconds: folder
            .episodes
            .iter()
            .map(|episode| episode.timings.total_ms)
            .sum::<f64>()
            / 1e3,
        folder: folder.path.clone(),
        unsolved,
    })
}

fn failing(
    name: FrameworkVersion,
    fault: FaultSetting,
    run: &FrameworkRun,
    reference: &ReferenceCalls,
) -> Result<FaultRow> {
    let folder = &run.folder;
    let (mut extra, mut responses, mut answered) =
        (ExtraCalls::default(), BTreeMap::new(), Vec::new());
    let faulted = folder
        .episodes
        .iter()
        .filter(|episode| run.faulted_tasks.contains(&episode.task));
    for episode in faulted {
        let Some(response) = response(episode) else {
            continue;
        };
        extra += reference.extra_calls(&episode.task, &folder.trace(episode)?);
        *responses.entry(response).or_default() += 1;
        answered.push(EpisodeResponse {
            task: episode.task.clone(),
            response,
            said: episode.ending.text.clone(),
        });
    }
    Ok(FaultRow {
        name,
        fault: fault.to_string(),
        tasks: answered.len(),
        responses,
        extra,
        folder: folder.path.clone(),
        episodes: answered,
    })
}
