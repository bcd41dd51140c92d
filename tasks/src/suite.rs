//! Suites: named, versioned lists of tasks in JSON Lines. The first line says what the suite was made from.

use std::path::Path;
use std::sync::Arc;

use breakroom_sandbox::world::World;
use breakroom_tools::native;
use breakroom_tools::session::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::generate::{GenerateError, Generator, TASKS_PER_TEMPLATE};
use crate::task::Task;
use crate::template::Templates;

/// The version of the format that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// The first line of a suite: what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteHeader {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The name of the suite.
    pub suite: String,
    /// The tools that its tasks are for.
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// The name of the world.
    pub world: String,
    /// The world's checksum.
    pub world_checksum: String,
    /// The hash of the templates, or, without templates, of the original's tasks.
    pub templates: String,
    /// The hash of the tool catalog.
    pub catalog: String,
    /// The seed that the tasks were drawn with.
    pub seed: u64,
    /// How many tasks follow.
    pub tasks: usize,
}

/// A named list of tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// What it was made from.
    pub header: SuiteHeader,
    /// Its tasks, in order.
    pub tasks: Vec<Task>,
}

/// A suite could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct SuiteError {
    /// The file, and the line if it is known.
    pub place: String,
    /// What is wrong and how to fix it.
    pub reason: String,
}

impl Suite {
    /// The built-in suite: 690 tasks in the built-in world.
    ///
    /// # Errors
    /// Never in a tested program: a test reads the suite.
    pub fn office_690() -> Result<Suite, SuiteError> {
        Suite::parse(
            "office-690",
            include_str!("../../fixtures/suites/office-690.jsonl"),
        )
    }

    /// Draws ten tasks of each template.
    ///
    /// # Errors
    /// A template that does not fit the world.
    pub fn generate(
        name: &str,
        world: &Arc<World>,
        templates: &Templates,
        seed: u64,
    ) -> Result<Suite, GenerateError> {
        let mut generator = Generator::new(world, seed)?;
        let mut tasks = Vec::new();
        for template in &templates.list {
            tasks.extend(generator.draw(template, TASKS_PER_TEMPLATE)?);
        }
        Ok(Suite {
            header: SuiteHeader {
                format_version: FORMAT_VERSION,
                suite: name.to_owned(),
                dialect: Dialect::Native,
                world: world.name().to_owned(),
                world_checksum: world.checksum().to_owned(),
                templates: templates.hash.clone(),
                catalog: native::hash(),
                seed,
                tasks: tasks.len(),
            },
            tasks,
        })
    }

    /// Reads a suite from a file.
    ///
    /// # Errors
    /// The file cannot be read, a line is malformed, or the number of tasks is not that of the header.
    pub fn read(path: &Path) -> Result<Suite, SuiteError> {
        let text = std::fs::read_to_string(path).map_err(|error| SuiteError {
            place: path.display().to_string(),
            reason: format!("cannot be read: {error}"),
        })?;
        Suite::parse(&path.display().to_string(), &text)
    }

    fn parse(place: &str, text: &str) -> Result<Suite, SuiteError> {
        let wrong = |line: usize, reason: String| SuiteError {
            place: format!("{place}:{line}"),
            reason,
        };
        let mut lines = text.lines().zip(1..);
        let (first, _) = lines
            .next()
            .ok_or_else(|| wrong(1, "is empty: a suite begins with a header line".to_owned()))?;
        let version: FormatVersion = serde_json::from_str(first)
            .map_err(|error| wrong(1, format!("is not a suite header: {error}")))?;
        if version.format_version != FORMAT_VERSION {
            return Err(wrong(
                1,
                format!(
                    "has format version {}: this program reads {FORMAT_VERSION}",
                    version.format_version
                ),
            ));
        }
        let header: SuiteHeader = serde_json::from_str(first)
            .map_err(|error| wrong(1, format!("is not a suite header: {error}")))?;
        let mut tasks = Vec::with_capacity(header.tasks);
        for (line, number) in lines {
            tasks.push(
                serde_json::from_str(line)
                    .map_err(|error| wrong(number, format!("is not a task: {error}")))?,
            );
        }
        if tasks.len() != header.tasks {
            return Err(wrong(
                1,
                format!(
                    "the header says {} tasks, but {} follow: the file was truncated or appended to",
                    header.tasks,
                    tasks.len()
                ),
            ));
        }
        Ok(Suite { header, tasks })
    }

    /// The suite in JSON Lines: the header, then one line for each task.
    pub fn to_jsonl(&self) -> String {
        let mut text = line(&self.header);
        for task in &self.tasks {
            text.push_str(&line(task));
        }
        text
    }

    /// The task with that id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

#[derive(Deserialize)]
struct FormatVersion {
    format_version: u32,
}

fn line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value);
    text.expect("headers and tasks are made of text and numbers") + "\n"
}
