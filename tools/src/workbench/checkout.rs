//! Reading a WorkBench checkout: databases, tasks and recorded runs.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::frame::{Frame, FrameCell};
use super::office::WorkbenchOffice;
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
pub struct RecordedTask {
    /// The calls of the correct answer.
    pub answer: Vec<String>,
}

/// One recorded run of an agent.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// The prompt.
    pub query: String,
    /// Its call strings.
    pub calls: Vec<String>,
    /// The error that ended it; empty if there was none.
    pub error: String,
}

/// The recorded runs of one file.
#[derive(Clone, Debug)]
pub struct RecordedRuns {
    /// `domain/file name`.
    pub file: String,
    /// The version of the answers that it is scored against. None is the newest.
    pub version: Option<String>,
    /// The runs in order.
    pub runs: Vec<RecordedRun>,
}

/// A checkout.
#[derive(Debug)]
pub struct Checkout {
    /// The office before any call.
    pub office: WorkbenchOffice,
    /// Tasks by version (none is the newest), domain and prompt.
    pub tasks: HashMap<(Option<String>, String, String), RecordedTask>,
    /// Recorded runs by file, ordered by file name.
    pub results: Vec<RecordedRuns>,
}

impl Checkout {
    /// Reads a folder with `data/processed`, `data/raw` and `data/results`, in the layout of 2024 or of 2026. `results` lists the files of
    /// recorded runs to read; if it is empty, all of `data/results` is read. A file's domain is the name of its folder.
    ///
    /// # Errors
    /// A file is missing or malformed. The message names it.
    pub fn read(folder: &Path, results: &[PathBuf]) -> Result<Checkout, CheckoutError> {
        let mut checkout = Checkout::read_tasks(folder)?;
        let mut paths = results.to_vec();
        if paths.is_empty() {
            for domain in list(&folder.join("data/results"))?
                .iter()
                .filter(|path| path.is_dir())
            {
                paths.extend(list(domain)?.into_iter().filter(|path| !path.is_dir()));
            }
        }
        checkout.results = paths
            .iter()
            .map(|path| read_results(path, &checkout.tasks))
            .collect::<Result<_, _>>()?;
        Ok(checkout)
    }

    /// Reads the office and the tasks, but no recorded runs.
    ///
    /// # Errors
    /// A file is missing or malformed. The message names it.
    pub fn read_tasks(folder: &Path) -> Result<Checkout, CheckoutError> {
        Ok(Checkout {
            office: read_office(folder)?,
            tasks: read_tasks(&folder.join("data/processed"))?,
            results: Vec::new(),
        })
    }
}

type RecordedTasks = HashMap<(Option<String>, String, String), RecordedTask>;

/// A file of tasks.
struct TaskFile {
    /// The version of its answers. None is the newest.
    version: Option<String>,
    domain: String,
    path: PathBuf,
    /// The names of the prompt and answer columns.
    columns: [&'static str; 2],
}

/// Lists the task files of all versions. The newest version is in the folder itself, older ones are in subfolders.
fn task_files(processed: &Path) -> Result<Vec<TaskFile>, CheckoutError> {
    let layouts = [
        ("tasks_and_outcomes", ["task", "outcome"]),
        ("queries_and_answers", ["query", "answer"]),
    ];
    let [new, old] = layouts;
    let (name, columns) = if processed.join(new.0).is_dir() {
        new
    } else {
        old
    };
    let folder = processed.join(name);
    let entries = list(&folder)?;
    let mut versions = vec![(None, folder)];
    versions.extend(
        entries
            .into_iter()
            .filter(|path| path.is_dir())
            .map(|path| (Some(file_name(&path)), path)),
    );
    let mut files = Vec::new();
    for (version, folder) in versions {
        let paths = list(&folder)?.into_iter().filter(|path| !path.is_dir());
        files.extend(paths.map(|path| TaskFile {
            version: version.clone(),
            domain: stem(&path).trim_end_matches(&format!("_{name}")).to_owned(),
            path,
            columns,
        }));
    }
    Ok(files)
}

/// Reads the tasks of every version.
fn read_tasks(processed: &Path) -> Result<RecordedTasks, CheckoutError> {
    let mut tasks = RecordedTasks::new();
    for file in task_files(processed)? {
        for [query, answer] in read_columns(&file.path, file.columns)? {
            let answer = python::parse_list(&answer).map_err(checkout_error(&file.path))?;
            let key = (file.version.clone(), file.domain.clone(), query);
            tasks.insert(key, RecordedTask { answer });
        }
    }
    Ok(tasks)
}

/// A task as a suite lists it.
#[derive(Clone, Debug)]
pub struct ListedTask {
    /// The domain of its file.
    pub domain: String,
    /// The prompt.
    pub prompt: String,
    /// The calls of the correct answer.
    pub answer: Vec<String>,
    /// The domains that it involves; by default that of its file.
    pub domains: Vec<String>,
    /// The prompt's phrasing, with parameter names in braces, if the file has it.
    pub phrasing: Option<String>,
    /// The phrasing that the others of its kind are variants of, if the file has it.
    pub kind: Option<String>,
}

/// Reads the tasks of one version in the order of files and lines. None is the newest version.
///
/// # Errors
/// A file is missing or malformed, or there is no such version. The message names the file or the existing versions.
pub fn list_tasks(folder: &Path, version: Option<&str>) -> Result<Vec<ListedTask>, CheckoutError> {
    let processed = folder.join("data/processed");
    let files = task_files(&processed)?;
    if !files.iter().any(|file| file.version.as_deref() == version) {
        let known: BTreeSet<&str> = files
            .iter()
            .filter_map(|file| file.version.as_deref())
            .collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        let reason =
            format!("has no tasks of version {version:?}: besides the newest there are [{known}]");
        return Err(checkout_error(&processed)(reason));
    }
    let mut listed = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.version.as_deref() == version)
    {
        let [prompt, answer] = file.columns;
        let known = columns(&file.path)?;
        let says = |column: &str| known.iter().any(|name| name == column);
        let optional = ["domains", "chosen_template", "base_template"];
        let [domains, phrasing, kind] =
            optional.map(|column| if says(column) { column } else { prompt });
        let wanted = [prompt, answer, domains, phrasing, kind];
        for [prompt, answer, domains, phrasing, kind] in read_columns(&file.path, wanted)? {
            let answer = python::parse_list(&answer).map_err(checkout_error(&file.path))?;
            let domains = if says(optional[0]) {
                python::parse_list(&domains).map_err(checkout_error(&file.path))?
            } else {
                vec![file.domain.clone()]
            };
            listed.push(ListedTask {
                domain: file.domain.clone(),
                prompt,
                answer,
                domains,
                phrasing: says(optional[1]).then_some(phrasing),
                kind: says(optional[2]).then_some(kind),
            });
        }
    }
    Ok(listed)
}

fn read_results(path: &Path, tasks: &RecordedTasks) -> Result<RecordedRuns, CheckoutError> {
    let domain = path.parent().map(file_name).unwrap_or_default();
    let prompt = if columns(path)?.iter().any(|name| name == "task") {
        "task"
    } else {
        "query"
    };
    let mut runs = Vec::new();
    for [query, calls, error] in read_columns(path, [prompt, "function_calls", "error"])? {
        let calls = python::parse_list(&calls).map_err(checkout_error(path))?;
        runs.push(RecordedRun {
            query,
            calls,
            error,
        });
    }
    // A version without a folder of its own is the newest.
    let version = version(path)?.filter(|version| {
        tasks
            .keys()
            .any(|(known, ..)| known.as_ref() == Some(version))
    });
    Ok(RecordedRuns {
        file: format!("{domain}/{}", file_name(path)),
        version,
        runs,
    })
}

/// The version named in a file's sidecar. Without a sidecar it is the first one.
fn version(results: &Path) -> Result<Option<String>, CheckoutError> {
    let sidecar = results.with_file_name(format!("{}_meta.json", stem(results)));
    let text = match std::fs::read_to_string(&sidecar) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some("v1".to_owned()));
        }
        Err(error) => return Err(checkout_error(&sidecar)(error)),
    };
    let meta: serde_json::Value = serde_json::from_str(&text).map_err(checkout_error(&sidecar))?;
    Ok(meta["ground_truth_version"].as_str().map(str::to_owned))
}

/// Reads only the databases and the directory.
///
/// # Errors
/// A file is missing or malformed. The message names it.
pub fn read_office(folder: &Path) -> Result<WorkbenchOffice, CheckoutError> {
    let frame = |name: &str| read_frame(&database_file(folder, name)).map(Arc::new);
    Ok(WorkbenchOffice {
        calendar: frame("calendar_events.csv")?,
        email: frame("emails.csv")?,
        analytics: frame("analytics_data.csv")?,
        plots: Vec::new(),
        project_management: frame("project_tasks.csv")?,
        customers: frame("customer_relationship_manager_data.csv")?,
        directory: Arc::new(read_directory(folder)?),
    })
}

/// The path of a database file, or of its compressed form if only that exists.
pub(super) fn database_file(folder: &Path, name: &str) -> PathBuf {
    let processed = folder.join("data/processed");
    let (plain, compressed) = (processed.join(name), processed.join(format!("{name}.gz")));
    if !plain.exists() && compressed.exists() {
        compressed
    } else {
        plain
    }
}

/// Reads the company's email addresses, one per line.
pub(super) fn read_directory(folder: &Path) -> Result<Vec<String>, CheckoutError> {
    let path = folder.join("data/raw/email_addresses.csv");
    let text = std::fs::read_to_string(&path).map_err(checkout_error(&path))?;
    Ok(text.lines().map(|line| line.trim().to_owned()).collect())
}

pub(super) fn checkout_error<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> CheckoutError {
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
    let entries = std::fs::read_dir(folder).map_err(checkout_error(folder))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|it| it.path()))
        .collect::<Result<_, _>>()
        .map_err(checkout_error(folder))?;
    paths.retain(|path| {
        path.is_dir()
            || path.to_string_lossy().ends_with(".csv")
            || path.to_string_lossy().ends_with(".csv.gz")
    });
    paths.sort();
    Ok(paths)
}

/// The file's name without `.csv` or `.csv.gz`.
fn stem(path: &Path) -> String {
    file_name(path)
        .trim_end_matches(".gz")
        .trim_end_matches(".csv")
        .to_owned()
}

/// Opens a CSV file, and decompresses it if its name ends with `.gz`.
pub(super) fn open(path: &Path) -> Result<csv::Reader<Box<dyn Read>>, CheckoutError> {
    let file = std::fs::File::open(path).map_err(checkout_error(path))?;
    let compressed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes: Box<dyn Read> = if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Ok(csv::Reader::from_reader(bytes))
}

fn columns(path: &Path) -> Result<csv::StringRecord, CheckoutError> {
    Ok(open(path)?.headers().map_err(checkout_error(path))?.clone())
}

fn read_columns<const N: usize>(
    path: &Path,
    names: [&str; N],
) -> Result<Vec<[String; N]>, CheckoutError> {
    let mut reader = open(path)?;
    let headers = reader.headers().map_err(checkout_error(path))?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        *place = headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| checkout_error(path)(format!("has no column {name}")))?;
    }
    reader
        .records()
        .map(|record| {
            record
                .map(|record| places.map(|place| record[place].to_owned()))
                .map_err(checkout_error(path))
        })
        .collect()
}

fn read_frame(path: &Path) -> Result<Frame, CheckoutError> {
    let mut reader = open(path)?;
    let columns = reader
        .headers()
        .map_err(checkout_error(path))?
        .iter()
        .map(str::to_owned)
        .collect();
    let cell = |text: &str| {
        if text.is_empty() {
            FrameCell::Missing
        } else {
            FrameCell::from(text)
        }
    };
    let rows = reader
        .records()
        .map(|record| record.map(|record| record.iter().map(cell).collect::<Vec<_>>()));
    let rows = rows
        .collect::<Result<Vec<_>, _>>()
        .map_err(checkout_error(path))?;
    Ok(Frame::new(columns, rows))
}
