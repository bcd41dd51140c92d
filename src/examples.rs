//! An example for the help of every command.

use clap::Command;

/// By the names of commands.
const EXAMPLES: &[(&[&str], &str)] = &[
    (
        &["world", "new"],
        "breakroom world new --seed 7 --scale 2 --out worlds/seven",
    ),
    (
        &["world", "import", "workbench"],
        "breakroom world import workbench ../WorkBench --out worlds/workbench",
    ),
    (&["world", "info"], "breakroom world info worlds/seven"),
    (&["world", "check"], "breakroom world check worlds/seven"),
    (
        &["world", "export"],
        "breakroom world export worlds/seven --sqlite databases --mails mails",
    ),
    (
        &["run"],
        "breakroom run --agent 'exec:python3 my_agent.py' --per-template 1
  breakroom run --model gpt-5-mini --only 'domain(email) or domain(calendar)' --trials 3
  breakroom run --resume --out office-690-react-intern",
    ),
    (&["runs"], "breakroom runs"),
    (&["merge"], "breakroom merge part-1 part-2 --out runs/whole"),
    (
        &["errors"],
        "breakroom errors latest
  breakroom errors latest --only 'outcome(side_effects) and not domain(email)'",
    ),
    (
        &["show"],
        "breakroom show latest
  breakroom show latest email.reply-to-latest.04",
    ),
    (
        &["export"],
        "breakroom export latest --format csv --out latest.csv",
    ),
    (&["stats"], "breakroom stats latest"),
    (
        &["compare"],
        "breakroom compare before latest
  breakroom compare baseline.json latest --fail-on broken,side-effects --markdown comparison.md",
    ),
    (
        &["baseline"],
        "breakroom baseline latest --out baseline.json",
    ),
    (
        &["tasks", "generate"],
        "breakroom tasks generate --templates my-templates --seed 7 --out mine.jsonl",
    ),
    (
        &["tasks", "list"],
        "breakroom tasks list --only 'domain(calendar) and .01'",
    ),
    (
        &["tasks", "show"],
        "breakroom tasks show calendar.create-with-colleague.01",
    ),
    (
        &["tasks", "stats"],
        "breakroom tasks stats --suite mine.jsonl",
    ),
    (
        &["tasks", "import", "workbench"],
        "breakroom tasks import workbench ../WorkBench --out workbench.jsonl",
    ),
    (
        &["tasks", "baseline"],
        "breakroom tasks baseline --suite mine.jsonl",
    ),
    (
        &["tasks", "lint"],
        "breakroom tasks lint --templates my-templates",
    ),
    (&["tools"], "breakroom tools --format openai"),
    (
        &["call"],
        "breakroom call email.search_emails query=roadmap
  breakroom call calendar.delete_event event_id=00000003 --session-dir session",
    ),
    (
        &["serve"],
        "breakroom serve --http 8080
  breakroom serve --mcp --task calendar.create-with-colleague.01",
    ),
    (
        &["model", "serve"],
        "breakroom model serve --policy intern --addr 4711 --fault cut=0.1",
    ),
    (
        &["frameworks", "run"],
        "breakroom frameworks run langgraph --limit 8 --faults cut,timeout=0.5",
    ),
    (&["frameworks", "list"], "breakroom frameworks list"),
    (&["schema"], "breakroom schema --out schemas"),
    (
        &["completions"],
        "breakroom completions bash > ~/.local/share/bash-completion/completions/breakroom",
    ),
    (&["man"], "breakroom man --out ~/.local/share/man/man1"),
    (
        &["workbench", "score"],
        "breakroom workbench score ../WorkBench",
    ),
    (
        &["workbench", "audit"],
        "breakroom workbench audit ../WorkBench",
    ),
    (
        &["workbench", "replay"],
        "breakroom workbench replay transcripts.jsonl --checkout ../WorkBench",
    ),
    (
        &["workbench", "redrive"],
        "breakroom workbench redrive transcripts.jsonl --checkout ../WorkBench",
    ),
];

/// Adds the examples to the help of the commands below this one.
pub fn add(command: Command) -> Command {
    EXAMPLES.iter().fold(command, |command, (path, example)| {
        add_one(command, path, example)
    })
}

fn add_one(command: Command, path: &[&str], example: &str) -> Command {
    if let [first, rest @ ..] = path {
        return command.mut_subcommand(first, |below| add_one(below, rest, example));
    }
    let heading = match example.lines().count() {
        1 => "Example",
        _ => "Examples",
    };
    let example = format!("{heading}:\n  {example}");
    let help = match command.get_after_help() {
        Some(help) => format!("{}\n\n{example}", help.to_string().trim_end()),
        None => example,
    };
    command.after_help(help)
}
