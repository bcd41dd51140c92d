//! Reads as much of Markdown as the pages use: fences, code spans, links and headings.

use std::path::{Path, PathBuf};

/// A fenced block.
pub struct Block {
    /// The line of its fence, counted from one.
    pub line: usize,
    pub language: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    /// The script that the page says it shows, in a comment above the fence.
    pub script: Option<String>,
}

impl Block {
    /// The value of an attribute; empty if it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(key, _)| key.as_str())
    }
}

/// A page.
pub struct Document {
    /// In the repository.
    pub path: PathBuf,
    pub blocks: Vec<Block>,
    /// Everything outside of fences.
    prose: String,
}

impl Document {
    pub fn read(path: &Path) -> Document {
        let text = std::fs::read_to_string(super::repository().join(path)).unwrap();
        Document::parse(path, &text)
    }

    pub fn parse(path: &Path, text: &str) -> Document {
        let (mut blocks, mut prose) = (Vec::new(), String::new());
        let mut lines = text.lines().zip(1..);
        let mut script = None;
        while let Some((line, number)) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let (language, attributes) = info_string(info);
                let inside = lines.by_ref().map(|(line, _)| line);
                let body: Vec<&str> = inside.take_while(|line| *line != "```").collect();
                blocks.push(Block {
                    line: number,
                    language,
                    attributes,
                    text: body.join("\n") + "\n",
                    script: script.take(),
                });
            } else {
                script = line
                    .strip_prefix("<!-- ")
                    .and_then(|it| it.strip_suffix(" -->"))
                    .map(str::to_owned);
                prose.push_str(line);
                prose.push('\n');
            }
        }
        Document {
            path: path.to_owned(),
            blocks,
            prose,
        }
    }

    /// What stands between backticks, on one line each.
    pub fn code_spans(&self) -> Vec<String> {
        let paragraphs = self.prose.split("\n\n");
        let spans = paragraphs.flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
        spans.map(|span| span.replace('\n', " ")).collect()
    }

    /// Links to files of the repository and to headings.
    pub fn links(&self) -> Vec<String> {
        let targets = self.prose.split("](").skip(1);
        targets
            .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
            .filter(|target| !target.contains("://"))
            .collect()
    }

    /// Headings, as links name them.
    pub fn headings(&self) -> Vec<String> {
        let headings = self.prose.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = |it: &char| it.is_alphanumeric() || " -_".contains(*it);
                title
                    .chars()
                    .filter(kept)
                    .collect::<String>()
                    .replace(' ', "-")
            })
            .collect()
    }
}

/// `sh no-run="a reason" server` as language and attributes.
fn info_string(info: &str) -> (String, Vec<(String, String)>) {
    let (language, mut rest) = info.split_once(' ').unwrap_or((info, ""));
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let quoted = after.strip_prefix("=\"").and_then(|it| it.split_once('"'));
        let (value, after) = quoted.unwrap_or(("", after));
        attributes.push((key.to_owned(), value.to_owned()));
        rest = after;
    }
    (language.to_owned(), attributes)
}

#[test]
fn an_info_string_has_a_language_and_attributes() {
    let (language, attributes) = info_string("sh no-run=\"needs a key\" server");
    assert_eq!(language, "sh");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        attributes,
        [pair("no-run", "needs a key"), pair("server", "")]
    );
}
