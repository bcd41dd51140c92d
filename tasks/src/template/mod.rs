//! Templates: what tasks are drawn from. A template is data; `tasks/templates/README.md` says how one is written.

mod parse;
pub mod phrasing;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The files that ship, by name.
const SHIPPED: &[(&str, &str)] = &[
    (
        "analytics.toml",
        include_str!("../../templates/analytics.toml"),
    ),
    (
        "calendar.toml",
        include_str!("../../templates/calendar.toml"),
    ),
    (
        "customer_relationship_manager.toml",
        include_str!("../../templates/customer_relationship_manager.toml"),
    ),
    ("email.toml", include_str!("../../templates/email.toml")),
    (
        "project_management.toml",
        include_str!("../../templates/project_management.toml"),
    ),
    ("across.toml", include_str!("../../templates/across.toml")),
    (
        "across_metrics.toml",
        include_str!("../../templates/across_metrics.toml"),
    ),
];

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TemplateError {
    /// The file's name.
    pub file: String,
    /// The line that is to blame, counted from one.
    pub line: Option<usize>,
    /// The template's id, where it is known.
    pub template: Option<String>,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if let Some(template) = &self.template {
            write!(formatter, ": template {template}")?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

/// A text of a template, and the line where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceText {
    /// The text.
    pub text: String,
    /// Its line in the file, counted from one.
    pub line: usize,
}

/// A kind of task.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// `domain.what-it-asks`.
    pub id: String,
    /// The file that it is from.
    pub file: String,
    /// The line where it begins.
    pub line: usize,
    /// The domains that its tasks are about.
    pub domains: Vec<String>,
    /// Words to choose tasks by.
    pub tags: Vec<String>,
    /// Ways to say it, in minijinja.
    pub phrasings: Vec<SourceText>,
    /// SQL: a row of parameters for each task that could be. Where it has a column `branch`, tasks are drawn evenly from its values.
    pub draw: SourceText,
    /// The calls that are expected.
    pub oracle: Vec<OracleStep>,
    /// Other outcomes that are right.
    pub accept: Vec<AcceptedOutcome>,
    /// The answer in words that is asked for.
    pub answer: Option<AnswerQuery>,
    /// What must not be there at the end.
    pub forbid: Vec<ForbiddenQuery>,
    /// What kind of thing a parameter of the prompt names.
    pub refers: Vec<(String, Referent)>,
    /// Calls that look something up, at least.
    pub reads: usize,
}

/// What a parameter names; the linter asks that the prompt's word for it is enough to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Referent {
    /// One colleague, by a name that the directory finds alone.
    Colleague,
    /// One customer, by a name that the search finds alone.
    Customer,
    /// One or more events by name.
    Event,
    /// One or more mails by words of their subject.
    Mail,
    /// One or more tasks of the boards by name.
    Task,
}

/// SQL that yields calls of one tool, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct OracleStep {
    /// Like `calendar.create_event`.
    pub tool: SourceText,
    /// SQL whose columns are arguments.
    pub args: SourceText,
    /// Steps of a lower group come first; the calls of one group may come in any order.
    pub group: u32,
}

/// Another outcome that is right.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedOutcome {
    /// Why it is right.
    pub why: String,
    /// SQL: the outcome counts where it yields a row.
    pub when: Option<SourceText>,
    /// The calls that make it.
    pub oracle: Vec<OracleStep>,
}

/// An answer in words.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerQuery {
    /// How it is compared.
    pub kind: AnswerKind,
    /// SQL: the value, or a row for each name.
    pub value: SourceText,
}

/// How an answer is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerKind {
    /// As text.
    Exact,
    /// As a number that may be off by so much.
    Number(f64),
    /// As a set of names, drawn from those that the SQL yields.
    Names(SourceText),
}

/// SQL that must find nothing at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct ForbiddenQuery {
    /// What it looks for.
    pub why: String,
    /// The query.
    pub sql: SourceText,
}

/// Templates, and the hash of the files that they were read from.
#[derive(Clone, Debug)]
pub struct Templates {
    /// In the order of files and within them.
    pub list: Vec<Template>,
    /// SHA-256, in hexadecimal, over every file.
    pub hash: String,
}

impl Templates {
    /// The templates that ship.
    ///
    /// # Errors
    /// None in a program that was tested: a test reads them.
    pub fn shipped() -> Result<Templates, TemplateError> {
        let files = SHIPPED.iter();
        Templates::of(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    /// The templates of every `.toml` file of a folder, in the order of file names.
    ///
    /// # Errors
    /// Names the file, and the template and line where there is one, that cannot be read or is malformed.
    pub fn read(folder: &Path) -> Result<Templates, TemplateError> {
        let fault = |path: &Path, error: std::io::Error| TemplateError {
            file: path.display().to_string(),
            line: None,
            template: None,
            reason: format!("cannot be read: {error}"),
        };
        let entries = std::fs::read_dir(folder).map_err(|error| fault(folder, error))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| fault(folder, error))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                paths.push(path);
            }
        }
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(|error| fault(&path, error))?;
            files.push((path.display().to_string(), text));
        }
        if files.is_empty() {
            return Err(TemplateError {
                file: folder.display().to_string(),
                line: None,
                template: None,
                reason: "holds no .toml file: templates are in files like calendar.toml".to_owned(),
            });
        }
        Templates::of(files.into_iter())
    }

    fn of(files: impl Iterator<Item = (String, String)>) -> Result<Templates, TemplateError> {
        let mut digest = Sha256::new();
        let mut list: Vec<Template> = Vec::new();
        for (name, text) in files {
            digest.update(format!("{}\n", text.len()));
            digest.update(&text);
            for template in parse::read_templates(&name, &text)? {
                if let Some(other) = list.iter().find(|other| other.id == template.id) {
                    return Err(TemplateError {
                        reason: format!(
                            "is there twice: {}:{} has that id too",
                            other.file, other.line
                        ),
                        file: template.file,
                        line: Some(template.line),
                        template: Some(template.id),
                    });
                }
                list.push(template);
            }
        }
        let bytes = digest.finalize();
        let hash = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Templates { list, hash })
    }
}

impl Template {
    /// An error of this template.
    pub(crate) fn error(&self, line: usize, reason: impl Into<String>) -> TemplateError {
        TemplateError {
            file: self.file.clone(),
            line: Some(line),
            template: Some(self.id.clone()),
            reason: reason.into(),
        }
    }
}
