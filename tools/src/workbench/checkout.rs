//! Reading a WorkBench checkout: databases, tasks and recorded runs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{Cell, Frame};
use super::office::Office;
use super::python;

/// Why a checkout could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct CheckoutError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// A task: its prompt is its key in [`Checkout::tasks`].
#[derive(Clone, Debug)]
pub struct Task {
    /// The calls that are the right answer.
    pub answer: Vec<String>,
}

/// What an agent once did.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// The prompt.
    pub query: String,
    /// Its call strings.
    pub calls: Vec<String>,
    /// What broke it off, if anything did.
    pub error: String,
}

/// The recorded runs of one file.
#[derive(Clone, Debug)]
pub struct Results {
    /// `domain/file name`.
    pub file: String,
    /// The runs in order.
    pub runs: Vec<RecordedRun>,
}

/// A checkout.
#[derive(Debug)]
pub struct Checkout {
    /// The office as it is before any call.
    pub office: Office,
    /// Tasks by domain and prompt.
    pub tasks: HashMap<(String, String), Task>,
    /// Recorded runs by file, in the order of the files' names.
    pub results: Vec<Results>,
}

impl Checkout {
    /// Reads the folder that holds `data/processed`, `data/raw` and `data/results`.
    ///
    /// # Errors
    /// Names the file that is missing or malformed.
    pub fn read(folder: &Path) -> Result<Checkout, CheckoutError> {
        let office = read_office(folder)?;
        let processed = folder.join("data/processed");
        let (mut tasks, mut results) = (HashMap::new(), Vec::new());
        for path in list(&processed.join("queries_and_answers"))? {
            let domain = file_name(&path)
                .trim_end_matches("_queries_and_answers.csv")
                .to_owned();
            for [query, answer] in read_columns(&path, ["query", "answer"])? {
                let answer = python::parse_list(&answer).map_err(fault(&path))?;
                tasks.insert((domain.clone(), query), Task { answer });
            }
        }
        for domain in list(&folder.join("data/results"))? {
            for path in list(&domain)? {
                let mut runs = Vec::new();
                for [query, calls, error] in
                    read_columns(&path, ["query", "function_calls", "error"])?
                {
                    runs.push(RecordedRun {
                        query,
                        calls: python::parse_list(&calls).map_err(fault(&path))?,
                        error,
                    });
                }
                results.push(Results {
                    file: format!("{}/{}", file_name(&domain), file_name(&path)),
                    runs,
                });
            }
        }
        Ok(Checkout {
            office,
            tasks,
            results,
        })
    }
}

/// Reads the databases and the directory alone.
///
/// # Errors
/// Names the file that is missing or malformed.
pub fn read_office(folder: &Path) -> Result<Office, CheckoutError> {
    let processed = folder.join("data/processed");
    let frame = |name: &str| read_frame(&processed.join(name)).map(Arc::new);
    let addresses = folder.join("data/raw/email_addresses.csv");
    let directory = std::fs::read_to_string(&addresses).map_err(fault(&addresses))?;
    Ok(Office {
        calendar: frame("calendar_events.csv")?,
        email: frame("emails.csv")?,
        analytics: frame("analytics_data.csv")?,
        plots: Vec::new(),
        project_management: frame("project_tasks.csv")?,
        customers: frame("customer_relationship_manager_data.csv")?,
        directory: Arc::new(
            directory
                .lines()
                .map(|line| line.trim().to_owned())
                .collect(),
        ),
    })
}

fn fault<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> CheckoutError {
    let path = path.to_owned();
    move |error| CheckoutError {
        path: path.clone(),
        reason: error.to_string(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, CheckoutError> {
    let entries = std::fs::read_dir(folder).map_err(fault(folder))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|it| it.path()))
        .collect::<Result<_, _>>()
        .map_err(fault(folder))?;
    paths.retain(|path| {
        path.is_dir() || path.extension().is_some_and(|extension| extension == "csv")
    });
    paths.sort();
    Ok(paths)
}

fn read_columns<const N: usize>(
    path: &Path,
    names: [&str; N],
) -> Result<Vec<[String; N]>, CheckoutError> {
    let mut reader = csv::Reader::from_path(path).map_err(fault(path))?;
    let headers = reader.headers().map_err(fault(path))?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        *place = headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| fault(path)(format!("has no column {name}")))?;
    }
    reader
        .records()
        .map(|record| {
            record
                .map(|record| places.map(|place| record[place].to_owned()))
                .map_err(fault(path))
        })
        .collect()
}

fn read_frame(path: &Path) -> Result<Frame, CheckoutError> {
    let mut reader = csv::Reader::from_path(path).map_err(fault(path))?;
    let columns = reader
        .headers()
        .map_err(fault(path))?
        .iter()
        .map(str::to_owned)
        .collect();
    let cell = |text: &str| {
        if text.is_empty() {
            Cell::Missing
        } else {
            Cell::from(text)
        }
    };
    let rows = reader
        .records()
        .map(|record| record.map(|record| record.iter().map(cell).collect::<Vec<_>>()));
    let rows = rows.collect::<Result<Vec<_>, _>>().map_err(fault(path))?;
    Ok(Frame::new(columns, rows))
}
