//! Templates, from which tasks are drawn. `tasks/templates/README.md` explains how to write them.

mod parse;
pub mod phrasing;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The built-in files, by name.
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

/// A template is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TemplateError {
    /// The file's name.
    pub file: String,
    /// The line of the error, counted from one.
    pub line: Option<usize>,
    /// The template's id, if it is known.
    pub template: Option<String>,
    /// What is wrong and how to fix it.
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

/// A text in a template file, and the line where it begins.
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
    /// The id, like `domain.what-it-asks`.
    pub id: String,
    /// The file that contains it.
    pub file: String,
    /// The line where it begins.
    pub line: usize,
    /// The domains that its tasks involve.
    pub domains: Vec<String>,
    /// Words to select tasks by.
    pub tags: Vec<String>,
    /// Alternative prompts, in minijinja.
    pub phrasings: Vec<SourceText>,
    /// SQL that returns one row of parameters for each possible task. If it has a column `branch`, tasks are drawn evenly from its values.
    pub draw: SourceText,
    /// The expected calls.
    pub oracle: Vec<OracleStep>,
    /// Other correct outcomes.
    pub accept: Vec<AcceptedOutcome>,
    /// The expected answer, if the task asks for one.
    pub answer: Option<AnswerQuery>,
    /// Queries that must return no rows at the end.
    pub forbid: Vec<ForbiddenQuery>,
    /// The parameters of the prompt that name a person or a thing.
    pub refers: Vec<(String, Referent)>,
    /// The minimum number of look-ups.
    pub reads: usize,
}

/// What a parameter names. The linter checks that the tools find it by the name in the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Referent {
    /// One colleague, whose name matches nobody else in the directory.
    Colleague,
    /// One customer, whose name matches nobody else in a search.
    Customer,
    /// One or more events, by name.
    Event,
    /// One or more mails, by words of their subject.
    Mail,
    /// One or more tasks on the boards, by name.
    Task,
}

/// SQL that returns calls of one tool, one per row.
#[derive(Clone, Debug, PartialEq)]
pub struct OracleStep {
    /// Like `calendar.create_event`.
    pub tool: SourceText,
    /// SQL whose columns are the arguments.
    pub args: SourceText,
    /// Steps of a lower group come first. The calls of a group may be made in any order.
    pub group: u32,
}

/// Another correct outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedOutcome {
    /// Why it is correct.
    pub why: String,
    /// SQL. The outcome counts if it returns a row; without it, always.
    pub when: Option<SourceText>,
    /// The calls that lead to it.
    pub oracle: Vec<OracleStep>,
}

/// An expected answer in words.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerQuery {
    /// How answers are compared with it.
    pub kind: AnswerKind,
    /// SQL that returns the value, or one row for each name.
    pub value: SourceText,
}

/// How an answer is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerKind {
    /// The answer contains the text.
    Exact,
    /// The answer contains the number, give or take this tolerance.
    Number(f64),
    /// The answer contains exactly these of the names that the SQL returns.
    Names(SourceText),
}

/// SQL that must return no rows at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct ForbiddenQuery {
    /// What a returned row means.
    pub why: String,
    /// The query.
    pub sql: SourceText,
}

/// Templates, and the hash of their files.
#[derive(Clone, Debug)]
pub struct Templates {
    /// The templates in file order.
    pub list: Vec<Template>,
    /// SHA-256, in hexadecimal, of all files.
    pub hash: String,
}

impl Templates {
    /// The built-in templates.
    ///
    /// # Errors
    /// Never in a tested program: a test reads them.
    pub fn shipped() -> Result<Templates, TemplateError> {
        let files = SHIPPED.iter();
        Templates::of(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    /// Reads every `.toml` file of a folder, in the order of file names.
    ///
    /// # Errors
    /// A file cannot be read or is malformed. The message names the file and, if possible, the template and the line.
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
                reason: "contains no .toml files: templates are in files like calendar.toml"
                    .to_owned(),
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
                            "the id is used twice: {}:{} has it too",
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
    /// Creates an error about this template.
    pub(crate) fn error(&self, line: usize, reason: impl Into<String>) -> TemplateError {
        TemplateError {
            file: self.file.clone(),
            line: Some(line),
            template: Some(self.id.clone()),
            reason: reason.into(),
        }
    }
}
