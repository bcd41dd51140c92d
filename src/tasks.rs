//! `breakroom tasks`: draw suites, look at their tasks, guard them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use breakroom_sandbox::changes::Change;
use breakroom_tasks::judge::Judge;
use breakroom_tasks::suite::Suite;
use breakroom_tasks::task::Task;
use breakroom_tasks::template::Templates;
use breakroom_tasks::{baseline, lint, verdict};
use breakroom_tools::session::{Dialect, Start};
use breakroom_tools::workbench::checkout::read_office;
use clap::{Args, Subcommand};
use serde_json::json;

/// What to do with tasks.
#[derive(Subcommand)]
pub enum Command {
    /// Draw a suite: ten tasks of each template, the same for the same world, templates and seed
    Generate(Generate),
    /// List a suite's tasks
    List(List),
    /// Show a task: its prompt, what was drawn, the calls that are expected and what they change
    Show(Show),
    /// Count a suite's tasks by template, domain and difficulty
    Stats(Which),
    /// Read the tasks of a WorkBench checkout as a suite in the dialect workbench
    #[command(subcommand)]
    Import(Import),
    /// Play the oracle, nothing, and by chance, and count what each comes to
    Baseline(Baseline),
    /// Check that every task is sound by playing it right and wrong; exits 1 on a finding
    Lint(Lint),
}

/// Where tasks come from.
#[derive(Args, Clone, Debug)]
pub struct Source {
    /// A suite's file, or the name of one that ships
    #[arg(long, default_value = OFFICE)]
    pub suite: String,
    /// The folder of the suite's world, or a WorkBench checkout for a suite imported from it [default: the office that ships]
    #[arg(long)]
    pub world: Option<PathBuf>,
}

/// The suite that ships.
pub const OFFICE: &str = "office-690";

impl Source {
    /// Reads the suite and opens its world.
    ///
    /// # Errors
    /// A file that cannot be read, or a suite that was drawn from another world.
    pub fn open(&self) -> Result<(Suite, Start)> {
        let suite = read_suite(&self.suite)?;
        let start = match (suite.header.dialect, &self.world) {
            (Dialect::Native, world) => Start::Native(crate::world::open(world.as_deref())?),
            (Dialect::Workbench, Some(folder)) => Start::Workbench(Arc::new(read_office(folder)?)),
            (Dialect::Workbench, None) => anyhow::bail!(
                "suite {} is a WorkBench checkout's: name the checkout with --world",
                suite.header.suite
            ),
        };
        anyhow::ensure!(
            suite.header.world_checksum == start.checksum(),
            "suite {} was drawn from world {} with checksum {}, and this world has {}: name its folder with --world",
            suite.header.suite,
            suite.header.world,
            suite.header.world_checksum,
            start.checksum()
        );
        Ok((suite, start))
    }
}

/// Reads a suite's file, or one that ships by its name.
///
/// # Errors
/// There is neither, or the file is malformed.
pub fn read_suite(name: &str) -> Result<Suite> {
    if name == OFFICE {
        return Ok(Suite::office_690()?);
    }
    let path = Path::new(name);
    anyhow::ensure!(
        path.exists(),
        "there is no suite {name:?}: name a file, or {OFFICE}"
    );
    Ok(Suite::read(path)?)
}

/// Arguments of `tasks generate`.
#[derive(Args)]
pub struct Generate {
    /// What the suite is called
    #[arg(long, default_value = OFFICE)]
    suite: String,
    /// The folder of the world to draw from [default: the office that ships]
    #[arg(long)]
    world: Option<PathBuf>,
    /// Whole number from which everything is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder of templates [default: those that ship]
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// The file to write [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A suite, and how to print about it.
#[derive(Args)]
pub struct Which {
    #[command(flatten)]
    source: Source,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `tasks list`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    /// Only tasks whose id, tag or domain holds this text
    pattern: Option<String>,
}

/// Arguments of `tasks show`.
#[derive(Args)]
pub struct Show {
    /// The task's id
    id: String,
    #[command(flatten)]
    which: Which,
}

impl Command {
    /// Runs the command; false where a check has findings.
    ///
    /// # Errors
    /// A file that cannot be read or written, or templates that do not fit the world.
    pub fn run(&self) -> Result<bool> {
        match self {
            Command::Generate(generate) => generate.run().map(|()| true),
            Command::List(list) => list.run().map(|()| true),
            Command::Show(show) => show.run().map(|()| true),
            Command::Stats(which) => stats(which).map(|()| true),
            Command::Lint(lint) => lint.run(),
            Command::Import(Import::Workbench(import)) => import.run().map(|()| true),
            Command::Baseline(baseline) => baseline.run(),
        }
    }
}

/// The templates of a folder, or those that ship.
///
/// # Errors
/// Names the file, template and line that is malformed.
pub fn templates(folder: Option<&Path>) -> Result<Templates> {
    Ok(match folder {
        Some(folder) => Templates::read(folder)?,
        None => Templates::shipped()?,
    })
}

impl Generate {
    fn run(&self) -> Result<()> {
        let world = crate::world::open(self.world.as_deref())?;
        let suite = Suite::generate(
            &self.suite,
            &world,
            &templates(self.templates.as_deref())?,
            self.seed,
        )?;
        write_suite(&suite, self.out.as_deref())
    }
}

/// Where tasks are imported from.
#[derive(Subcommand)]
pub enum Import {
    /// A WorkBench checkout (arXiv 2405.00823), in the layout of 2024 or of 2026
    Workbench(ImportWorkbench),
}

/// Arguments of `tasks import workbench`.
#[derive(Args)]
pub struct ImportWorkbench {
    /// The folder that holds `data/`
    folder: PathBuf,
    /// A version of the answers, like v1 [default: the newest]
    #[arg(long)]
    version: Option<String>,
    /// The file to write [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
}

impl ImportWorkbench {
    fn run(&self) -> Result<()> {
        let suite = breakroom_tasks::workbench::import(&self.folder, self.version.as_deref())?;
        write_suite(&suite, self.out.as_deref())
    }
}

/// Writes a suite to a file, or to standard output.
fn write_suite(suite: &Suite, out: Option<&Path>) -> Result<()> {
    let text = suite.to_jsonl();
    let mut stdout = std::io::stdout();
    match out {
        Some(path) => {
            std::fs::write(path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(stdout, "{} tasks {}", suite.tasks.len(), path.display())?;
        }
        None => write!(stdout, "{text}")?,
    }
    Ok(())
}

/// Arguments of `tasks lint`.
#[derive(Args)]
pub struct Lint {
    #[command(flatten)]
    which: Which,
    /// Check what this folder's templates draw instead of a suite
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Whole number from which the tasks of --templates are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Lint {
    fn run(&self) -> Result<bool> {
        let (suite, start) = match &self.templates {
            None => self.which.source.open()?,
            Some(folder) => {
                let world = crate::world::open(self.which.source.world.as_deref())?;
                let suite =
                    Suite::generate("linted", &world, &templates(Some(folder))?, self.seed)?;
                (suite, Start::Native(world))
            }
        };
        let findings = lint::lint(&suite, &start, |_| {})?;
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let report =
                json!({ "format_version": 1, "suite": suite.header, "findings": findings });
            writeln!(out, "{report:#}")?;
            return Ok(findings.is_empty());
        }
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for task in &suite.tasks {
            counts.entry(&task.template).or_default().0 += 1;
        }
        for finding in &findings {
            counts.entry(&finding.template).or_default().1 += 1;
        }
        let mut table = crate::table::new();
        table.set_header(["template", "tasks", "findings"]);
        for (template, (tasks, found)) in counts {
            table.add_row([template, &tasks.to_string(), &found.to_string()]);
        }
        writeln!(out, "{table}")?;
        for finding in &findings {
            let place = finding.task.as_ref().unwrap_or(&finding.template);
            writeln!(out, "{}: {place}: {}", finding.rule, finding.message)?;
        }
        writeln!(
            out,
            "{} tasks, {} findings",
            suite.tasks.len(),
            findings.len()
        )?;
        Ok(findings.is_empty())
    }
}

/// Whether a task's id, a tag or a domain holds a text.
pub fn matches(task: &Task, pattern: &str) -> bool {
    let holds = |text: &String| text.contains(pattern);
    holds(&task.id) || task.tags.iter().chain(&task.domains).any(holds)
}

impl List {
    fn run(&self) -> Result<()> {
        let (suite, _) = self.which.source.open()?;
        let tasks = suite.tasks.iter().filter(|task| {
            self.pattern
                .as_deref()
                .is_none_or(|pattern| matches(task, pattern))
        });
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let list: Vec<_> = tasks
                .map(|task| json!({ "id": task.id, "prompt": task.prompt, "domains": task.domains, "tags": task.tags, "difficulty": task.difficulty }))
                .collect();
            return Ok(writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "suite": suite.header, "tasks": list })
            )?);
        }
        for task in tasks {
            writeln!(out, "{}  {}", task.id, task.prompt)?;
        }
        Ok(())
    }
}

impl Show {
    fn run(&self) -> Result<()> {
        let (suite, start) = self.which.source.open()?;
        let task = find(&suite, &self.id)?;
        let judge = Judge::new(&start, task)?;
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let changes: Vec<Vec<_>> = judge
                .expected()
                .iter()
                .map(|changes| changes.iter().map(Change::to_json).collect())
                .collect();
            return Ok(writeln!(
                out,
                "{:#}",
                json!({ "format_version": 1, "task": task, "changes": changes })
            )?);
        }
        writeln!(out, "{}\n\n{}\n", task.id, task.prompt)?;
        for (name, value) in &task.parameters {
            writeln!(out, "  {name}: {value}")?;
        }
        for (outcome, changes) in task.outcomes.iter().zip(judge.expected()) {
            match &outcome.why {
                None => writeln!(out, "\nexpected")?,
                Some(why) => writeln!(out, "\nright too: {why}")?,
            }
            if outcome.groups.is_empty() {
                writeln!(out, "  nothing is changed")?;
            }
            for (calls, group) in outcome.groups.iter().zip(1..) {
                for call in calls {
                    writeln!(out, "  {group}. {} {}", call.tool, call.arguments)?;
                }
            }
            for change in changes {
                writeln!(out, "  -> {}", change.to_json())?;
            }
        }
        if let Some(answer) = &task.answer {
            writeln!(out, "\nanswer {}", json!(answer))?;
        }
        let difficulty = task.difficulty;
        writeln!(
            out,
            "\ndatabases {}, writes {}, reads at least {}",
            difficulty.databases, difficulty.writes, difficulty.reads
        )?;
        Ok(())
    }
}

/// A suite's task, or an error that names those that are near.
///
/// # Errors
/// There is none of that id.
pub fn find<'a>(suite: &'a Suite, id: &str) -> Result<&'a Task> {
    suite.task(id).with_context(|| {
        let near: Vec<&str> = suite
            .tasks
            .iter()
            .map(|task| task.id.as_str())
            .filter(|known| known.contains(id))
            .take(5)
            .collect();
        match near.as_slice() {
            [] => format!(
                "suite {} has no task {id:?}: see `breakroom tasks list`",
                suite.header.suite
            ),
            near => format!(
                "suite {} has no task {id:?}: there are {}",
                suite.header.suite,
                near.join(", ")
            ),
        }
    })
}

/// Counts of one template's tasks.
#[derive(Default, serde::Serialize)]
struct Count {
    tasks: usize,
    nothing: usize,
    writes: usize,
    most_writes: usize,
    accepted: usize,
    reads: usize,
}

fn stats(which: &Which) -> Result<()> {
    let (suite, _) = which.source.open()?;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for task in &suite.tasks {
        for name in [task.template.as_str(), "~ all"] {
            let count = counts.entry(name).or_default();
            count.tasks += 1;
            count.nothing += usize::from(task.expects_nothing());
            count.writes += task.difficulty.writes;
            count.most_writes = count.most_writes.max(task.difficulty.writes);
            count.accepted += usize::from(task.outcomes.len() > 1);
            count.reads = count.reads.max(task.difficulty.reads);
        }
    }
    let mut out = std::io::stdout().lock();
    if which.json {
        return Ok(writeln!(
            out,
            "{:#}",
            json!({ "format_version": 1, "suite": suite.header, "templates": counts })
        )?);
    }
    let mut table = crate::table::new();
    table.set_header([
        "template",
        "tasks",
        "change nothing",
        "writes",
        "most writes",
        "more readings",
        "reads at least",
    ]);
    for (name, count) in counts {
        table.add_row([
            name.trim_start_matches("~ ").to_owned(),
            count.tasks.to_string(),
            count.nothing.to_string(),
            count.writes.to_string(),
            count.most_writes.to_string(),
            count.accepted.to_string(),
            count.reads.to_string(),
        ]);
    }
    Ok(writeln!(out, "{table}")?)
}

/// Arguments of `tasks baseline`.
#[derive(Args)]
pub struct Baseline {
    #[command(flatten)]
    which: Which,
    /// The rules that decide
    #[arg(long, value_enum, default_value = "native")]
    rules: Rules,
    /// Whole number from which the agent by chance is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The rules that decide an outcome.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Rules {
    /// Changes against changes, whatever the order of calls
    Native,
    /// The original's of 2024, for the dialect workbench
    #[value(name = "workbench-2024")]
    Workbench2024,
    /// The original's of 2026, for the dialect workbench
    #[value(name = "workbench-2026")]
    Workbench2026,
}

impl From<Rules> for verdict::Rules {
    fn from(rules: Rules) -> verdict::Rules {
        match rules {
            Rules::Native => verdict::Rules::Native,
            Rules::Workbench2024 => verdict::Rules::Workbench2024,
            Rules::Workbench2026 => verdict::Rules::Workbench2026,
        }
    }
}

impl Baseline {
    /// False where the oracle is not right everywhere, or nothing is right elsewhere than it should be.
    fn run(&self) -> Result<bool> {
        let (suite, start) = self.which.source.open()?;
        let report = baseline::measure(&suite, &start, self.rules.into(), self.seed)?;
        let mut out = std::io::stdout().lock();
        if self.which.json {
            let report = json!({ "format_version": 1, "suite": suite.header, "rules": verdict::Rules::from(self.rules), "baseline": report });
            writeln!(out, "{report:#}")?;
            return Ok(report["baseline"]["sound"] == true);
        }
        let mut table = crate::table::new();
        table.set_header(
            ["agent"]
                .into_iter()
                .chain(verdict::Outcome::ALL.map(verdict::Outcome::name)),
        );
        for (agent, counts) in &report.agents {
            let counts = verdict::Outcome::ALL.map(|outcome| {
                counts
                    .get(&outcome)
                    .copied()
                    .unwrap_or_default()
                    .to_string()
            });
            table.add_row([agent.clone()].into_iter().chain(counts));
        }
        writeln!(out, "{table}")?;
        writeln!(
            out,
            "{} of {} tasks ask for nothing",
            report.ask_for_nothing,
            suite.tasks.len()
        )?;
        for line in &report.unsound {
            writeln!(out, "{line}")?;
        }
        Ok(report.sound)
    }
}
