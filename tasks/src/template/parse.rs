//! Parses template files.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    AcceptedOutcome, AnswerKind, AnswerQuery, ForbiddenQuery, OracleStep, Referent, SourceText,
    Template, TemplateError,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    #[serde(default)]
    template: Vec<RawTemplate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTemplate {
    id: Spanned<String>,
    domains: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    phrasings: Vec<Spanned<String>>,
    draw: Spanned<String>,
    reads: usize,
    #[serde(default)]
    oracle: Vec<RawStep>,
    #[serde(default)]
    accept: Vec<RawAccept>,
    answer: Option<RawAnswer>,
    #[serde(default)]
    forbid: Vec<RawForbid>,
    #[serde(default)]
    refers: BTreeMap<String, Referent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    tool: Spanned<String>,
    args: Spanned<String>,
    #[serde(default = "first_group")]
    group: u32,
}

fn first_group() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccept {
    why: String,
    when: Option<Spanned<String>>,
    #[serde(default)]
    oracle: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum RawAnswer {
    Exact { value: String },
    Number { value: String, tolerance: f64 },
    Names { values: String, among: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForbid {
    why: String,
    sql: Spanned<String>,
}

/// Reads all templates in a file.
pub(super) fn read_templates(name: &str, text: &str) -> Result<Vec<Template>, TemplateError> {
    let source = SourceFile { name, text };
    let file: TemplateFile = toml::from_str(text).map_err(|error| TemplateError {
        file: name.to_owned(),
        line: error.span().map(|span| source.line(span.start)),
        template: None,
        reason: error.message().to_owned(),
    })?;
    file.template
        .into_iter()
        .map(|raw| source.template(raw))
        .collect()
}

struct SourceFile<'a> {
    name: &'a str,
    text: &'a str,
}

impl SourceFile<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self
            .text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
    }

    fn source_text(&self, text: Spanned<String>) -> SourceText {
        SourceText {
            line: self.first_line(text.span().start),
            text: text.into_inner(),
        }
    }

    /// The line where a text begins. A newline right after the opening quotation marks is not part of the text.
    fn first_line(&self, start: usize) -> usize {
        let opened = self.text[start..].trim_start_matches(['"', '\'']);
        self.line(start) + usize::from(opened.starts_with('\n'))
    }

    fn steps(&self, steps: Vec<RawStep>) -> Vec<OracleStep> {
        let mut steps: Vec<OracleStep> = steps
            .into_iter()
            .map(|step| OracleStep {
                tool: self.source_text(step.tool),
                args: self.source_text(step.args),
                group: step.group,
            })
            .collect();
        steps.sort_by_key(|step| step.group);
        steps
    }

    fn template(&self, raw: RawTemplate) -> Result<Template, TemplateError> {
        let line = self.line(raw.id.span().start);
        let id = raw.id.into_inner();
        let plain = |text: String| SourceText { text, line };
        let template = Template {
            file: self.name.to_owned(),
            line,
            domains: raw.domains,
            tags: raw.tags,
            phrasings: raw
                .phrasings
                .into_iter()
                .map(|text| self.source_text(text))
                .collect(),
            draw: self.source_text(raw.draw),
            oracle: self.steps(raw.oracle),
            accept: raw
                .accept
                .into_iter()
                .map(|accept| AcceptedOutcome {
                    why: accept.why,
                    when: accept.when.map(|when| self.source_text(when)),
                    oracle: self.steps(accept.oracle),
                })
                .collect(),
            answer: raw.answer.map(|answer| match answer {
                RawAnswer::Exact { value } => AnswerQuery {
                    kind: AnswerKind::Exact,
                    value: plain(value),
                },
                RawAnswer::Number { value, tolerance } => AnswerQuery {
                    kind: AnswerKind::Number(tolerance),
                    value: plain(value),
                },
                RawAnswer::Names { values, among } => AnswerQuery {
                    kind: AnswerKind::Names(plain(among)),
                    value: plain(values),
                },
            }),
            forbid: raw
                .forbid
                .into_iter()
                .map(|forbid| ForbiddenQuery {
                    why: forbid.why,
                    sql: self.source_text(forbid.sql),
                })
                .collect(),
            refers: raw.refers.into_iter().collect(),
            reads: raw.reads,
            id,
        };
        check_template(&template)?;
        Ok(template)
    }
}

/// Checks what can be checked without a world.
fn check_template(template: &Template) -> Result<(), TemplateError> {
    let valid = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter)
    };
    if template.id.is_empty() || !template.id.chars().all(valid) {
        return Err(template.error(
            template.line,
            "the id is invalid: write one like calendar.cancel-first, with lower-case letters, digits, dots, hyphens and underscores",
        ));
    }
    if template.phrasings.len() < 3 {
        let reason = format!(
            "has {} phrasings: write at least three",
            template.phrasings.len()
        );
        return Err(template.error(template.line, reason));
    }
    for domain in &template.domains {
        if !breakroom_tools::native::catalog()
            .iter()
            .any(|tool| tool.name.starts_with(&format!("{domain}_")))
        {
            let reason = format!(
                "there is no domain {domain:?}: domains are the first parts of tool names, like calendar"
            );
            return Err(template.error(template.line, reason));
        }
    }
    let accepted = template.accept.iter().flat_map(|accept| &accept.oracle);
    for step in template.oracle.iter().chain(accepted) {
        breakroom_tools::native::find(&step.tool.text)
            .map_err(|error| template.error(step.tool.line, error.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[template]]
id = "calendar.clear"
domains = ["calendar"]
phrasings = ["Clear {{ day }}", "Empty {{ day }}", "Cancel all of {{ day }}"]
draw = "SELECT date AS day FROM day"
reads = 1
[[template.oracle]]
tool = "calendar.delete_event"
args = "SELECT event_id FROM calendar.event WHERE date(event_start) = :day"
"#;

    fn refused(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        read_templates("mine.toml", &GOOD.replace(from, to))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn errors_name_the_file_the_line_and_the_template() {
        assert_eq!(read_templates("mine.toml", GOOD).unwrap().len(), 1);
        let message = refused("calendar.delete_event", "calendar.drop_event");
        assert!(
            message.starts_with("mine.toml:9: template calendar.clear: there is no tool"),
            "{message}"
        );
        let message = refused("reads = 1", "reeds = 1");
        assert!(
            message.starts_with("mine.toml:7: unknown field `reeds`"),
            "{message}"
        );
        let message = refused(r#", "Cancel all of {{ day }}""#, "");
        assert!(
            message.starts_with("mine.toml:3: template calendar.clear: has 2 phrasings"),
            "{message}"
        );
        let message = refused(r#"["calendar"]"#, r#"["weather"]"#);
        assert!(
            message.contains("there is no domain \"weather\""),
            "{message}"
        );
    }
}
