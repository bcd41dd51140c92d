//! Runs the blocks of one page.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use super::arguments::CommandLine;
use super::markdown::{Block, Document};
use super::shell::Shell;

const ATTRIBUTES: [&str; 5] = ["no-run", "exit", "server", "file", "schema"];

/// What came of a page's blocks.
#[derive(Default)]
pub struct Report {
    run: usize,
    read: usize,
    /// By reason.
    not_run: BTreeMap<String, usize>,
    pub failures: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_run: usize = self.not_run.values().sum();
        write!(
            to,
            "{} run, {} read, {not_run} not run",
            self.run, self.read
        )?;
        for (reason, times) in &self.not_run {
            write!(to, "\n  {times} not run: {reason}")?;
        }
        Ok(())
    }
}

/// What became of a block.
enum Done {
    Run,
    Read,
    NotRun(String),
}

pub fn run(document: &Document) -> Report {
    let mut shell = Shell::new(&document.path);
    let mut report = Report::default();
    for block in &document.blocks {
        match run_block(document, block, &mut shell) {
            Ok(Done::Run) => report.run += 1,
            Ok(Done::Read) => report.read += 1,
            Ok(Done::NotRun(reason)) => *report.not_run.entry(reason).or_default() += 1,
            Err(reason) => {
                let place = format!("{}:{}", document.path.display(), block.line);
                report.failures.push(format!("{place}: {reason}"));
            }
        }
    }
    report
}

fn run_block(document: &Document, block: &Block, shell: &mut Shell) -> Result<Done, String> {
    if let Some(unknown) = block.attributes().find(|it| !ATTRIBUTES.contains(it)) {
        return Err(format!("unknown attribute {unknown}"));
    }
    if let Some(script) = &block.script {
        return shows(script, block);
    }
    if let Some(name) = block.attribute("file") {
        shell.write(name, &block.text);
    }
    match block.language.as_str() {
        "sh" | "console" => run_commands(block, shell),
        "python" => parse_python(block, shell),
        "json" => parse_json(&block.text, block),
        "jsonl" => {
            let mut lines = block.text.lines();
            lines.try_for_each(|line| parse_json(line, block).map(drop))?;
            Ok(Done::Read)
        }
        "toml" => {
            let table: Result<toml::Table, _> = block.text.parse();
            table.map(|_| Done::Read).map_err(|it| it.to_string())
        }
        "text" => Ok(Done::NotRun("text".to_owned())),
        "jsonrpc" if document.path.ends_with("PROTOCOL.md") => {
            Ok(Done::NotRun("sent by the test of the protocol".to_owned()))
        }
        language => Err(format!(
            "a fence of language \"{language}\": the test's documentation lists those that it knows"
        )),
    }
}

/// A script on a page of clients is the one that `clients/run.py` runs.
fn shows(script: &str, block: &Block) -> Result<Done, String> {
    let text = std::fs::read_to_string(super::repository().join(script))
        .map_err(|it| format!("{script}: {it}"))?;
    if text != block.text {
        return Err(format!(
            "this is not {script} as it is now: run python3 clients/docs.py"
        ));
    }
    Ok(Done::NotRun("clients/run.py runs it".to_owned()))
}

fn parse_json(text: &str, block: &Block) -> Result<Done, String> {
    let json: Json = serde_json::from_str(text).map_err(|it| format!("{it}: {text}"))?;
    if let Some(name) = block.attribute("schema") {
        let path = super::repository().join("schemas").join(name);
        let schema = std::fs::read_to_string(path).map_err(|it| format!("schemas/{name}: {it}"))?;
        let schema: Json = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        validator
            .validate(&json)
            .map_err(|it| format!("schemas/{name}: {it}"))?;
    }
    Ok(Done::Read)
}

fn parse_python(block: &Block, shell: &Shell) -> Result<Done, String> {
    let parse = "python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' .block.py";
    if let Some(program) = shell.missing(parse) {
        return Ok(Done::NotRun(format!("{program} is not installed")));
    }
    shell.write(".block.py", &block.text);
    match shell.run(parse)? {
        (0, _) => Ok(Done::Read),
        (_, output) => Err(output),
    }
}

fn run_commands(block: &Block, shell: &mut Shell) -> Result<Done, String> {
    let steps = match block.language.as_str() {
        "console" => steps(&block.text),
        _ => vec![(block.text.clone(), None)],
    };
    if steps.is_empty() {
        return Err("no line begins with \"$ \"".to_owned());
    }
    if let Some(reason) = block.attribute("no-run") {
        if reason.is_empty() {
            return Err("say why this is not run: no-run=\"…\"".to_owned());
        }
        let program = CommandLine::default();
        steps
            .iter()
            .try_for_each(|(script, _)| program.check(script))?;
        return Ok(Done::NotRun(reason.to_owned()));
    }
    if let Some(program) = shell.missing(&block.text) {
        return Ok(Done::NotRun(format!("{program} is not installed")));
    }
    let serves = block.attribute("server").is_some();
    let last = steps.len() - 1;
    for (at, (script, expected)) in steps.into_iter().enumerate() {
        let (status, output) = match serves && at == 0 {
            true => (0, shell.serve(&script)?),
            false => shell.run(&script)?,
        };
        let wanted = block
            .attribute("exit")
            .filter(|_| at == last)
            .unwrap_or("0");
        if status.to_string() != wanted {
            return Err(format!("exit code {status} from\n{script}{output}"));
        }
        if let Some(expected) = expected
            && !matches(&expected, &output)
        {
            return Err(format!("{script}prints\n{output}"));
        }
    }
    Ok(Done::Run)
}

/// The commands of a console, each with the output that is shown below it.
fn steps(text: &str) -> Vec<(String, Option<String>)> {
    let mut steps: Vec<(String, Option<String>)> = Vec::new();
    let mut continued = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((format!("{command}\n"), None)),
            (None, Some((command, _))) if continued => *command += &format!("{line}\n"),
            (None, Some((_, output))) => *output.get_or_insert_default() += &format!("{line}\n"),
            (None, None) => {}
        }
        continued = line.ends_with('\\');
    }
    steps
}

/// Whether an output is the one that is shown, in which `…` stands for any text.
fn matches(shown: &str, output: &str) -> bool {
    let trim = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
            .trim_end()
            .to_owned()
    };
    let (shown, output) = (trim(shown), trim(output));
    let mut pieces = shown.split('…');
    let Some(mut rest) = pieces.next().and_then(|first| output.strip_prefix(first)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    assert!(matches("one … three\n", "one two three"));
    assert!(matches("one\n…\nfour\n", "one\ntwo\nthree\nfour\n"));
    assert!(matches("… b … d …", "a b c d e"));
    for other in ["one two", "one two three four", "none two three"] {
        assert!(!matches("one … three", other), "{other}");
    }
}

#[test]
fn a_console_has_commands_and_their_output() {
    let output = |text: &str| Some(text.to_owned());
    assert_eq!(
        steps("$ a \\\n  b\nsaid\n$ c\n"),
        [
            ("a \\\n  b\n".to_owned(), output("said\n")),
            ("c\n".to_owned(), None)
        ]
    );
}

#[test]
fn what_a_fence_says_is_held_against_its_block() {
    for (fence, failure) in [
        ("sh\nbreakroom tools", None),
        ("sh\nfalse", Some("exit code 1")),
        ("sh exit=\"1\"\nfalse", None),
        ("sh no-run=\"needs a key\"\nbreakroom run --limit 1", None),
        (
            "sh no-run=\"needs a key\"\nbreakroom run --fast",
            Some("has no --fast"),
        ),
        ("sh no-run\nbreakroom run", Some("say why")),
        (
            "sh norun=\"a slip\"\nbreakroom run",
            Some("unknown attribute"),
        ),
        ("console\n$ echo one; echo two\none\n…", None),
        ("console\n$ echo one\ntwo", Some("prints\none")),
        ("json\n{", Some("EOF")),
        ("jsonl\n{\n{}", Some("EOF")),
        (
            "json schema=\"worker/answer.json\"\n{\"answer\": 7}",
            Some("worker/answer.json"),
        ),
        ("\nany", Some("language")),
    ] {
        let document = Document::parse("fence.md".as_ref(), &format!("```{fence}\n```"));
        let failures = run(&document).failures;
        match failure {
            None => assert!(failures.is_empty(), "{fence}: {failures:?}"),
            Some(failure) => assert!(failures.concat().contains(failure), "{fence}: {failures:?}"),
        }
    }
}
