//! Agents in few words: a program's whole command is too long for a table, and for a folder's name.

/// Programs that run another: the name of the other says more.
const INTERPRETERS: &[&str] = &[
    "sh", "bash", "zsh", "fish", "env", "exec", "python", "python3", "uv", "uvx", "run", "node",
    "npx", "deno", "bun", "ruby", "perl", "java", "cargo",
];

/// An agent in short: `exec:sh agents/mine.sh --fast` is `exec:mine.sh`, and `replay:runs/first` is `replay:first`.
pub fn short_agent(agent: &str) -> String {
    match agent.split_once(':') {
        Some((kind @ ("exec" | "worker"), command)) => format!("{kind}:{}", program(command)),
        Some(("replay", run)) => format!("replay:{}", base_name(run)),
        _ => agent.to_owned(),
    }
}

/// The program that a command starts. Its arguments, which may be long, are left out.
fn program(command: &str) -> &str {
    let mut words = command
        .split_whitespace()
        .map(|word| word.trim_matches(['\'', '"']))
        .filter(|word| !word.starts_with('-') && !word.contains('='));
    let first = words.next().map_or("program", base_name);
    if !INTERPRETERS.contains(&first) {
        return first;
    }
    let other = words
        .map(base_name)
        .find(|word| !INTERPRETERS.contains(word));
    other.filter(|word| !word.is_empty()).unwrap_or(first)
}

fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_its_program() {
        for (agent, short) in [
            ("react", "react"),
            ("exec:./agents/mine --model large", "exec:mine"),
            ("exec:sh examples/agents/agent.sh", "exec:agent.sh"),
            (
                "worker:exec '/opt/x/bin/python' 'frameworks/plain.py'",
                "worker:plain.py",
            ),
            ("exec:KEY=1 uv run --quiet agents/a.py", "exec:a.py"),
            ("exec:python3 -c 'print(1)'", "exec:print(1)"),
            (
                "replay:runs/office-690-react-intern/",
                "replay:office-690-react-intern",
            ),
        ] {
            assert_eq!(short_agent(agent), short, "{agent}");
        }
    }
}
