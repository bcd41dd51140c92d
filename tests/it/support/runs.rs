//! Small suites, and runs of them by the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use breakroom_record::folder::RunFolder;
use breakroom_sandbox::world::World;
use breakroom_tasks::suite::{FORMAT_VERSION, Suite, SuiteHeader};
use breakroom_tasks::task::{Call, Difficulty, ExpectedOutcome, Task};
use breakroom_tools::native;
use breakroom_tools::session::Dialect;
use serde_json::{Map, Value as Json, json};

/// A folder of a test; it goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty folder of that name.
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("breakroom-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Writes a file in it, and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A call.
pub fn call(tool: &str, arguments: Json) -> Call {
    Call {
        tool: tool.to_owned(),
        arguments,
    }
}

/// A task of that template whose right outcome is what these calls leave.
pub fn task(template: &str, prompt: &str, calls: &[Call]) -> Task {
    Task {
        id: format!("{template}.01"),
        template: template.to_owned(),
        domains: vec!["calendar".into(), "email".into()],
        prompt: prompt.to_owned(),
        parameters: Map::new(),
        outcomes: vec![ExpectedOutcome {
            why: None,
            groups: if calls.is_empty() {
                Vec::new()
            } else {
                vec![calls.to_vec()]
            },
        }],
        answer: None,
        forbid: Vec::new(),
        refers: Map::new(),
        tags: Vec::new(),
        difficulty: Difficulty {
            databases: 1,
            writes: calls.len(),
            reads: 0,
        },
    }
}

/// The text of a suite of these tasks, in the office that ships.
pub fn suite(tasks: Vec<Task>) -> String {
    let world = World::office();
    let header = SuiteHeader {
        format_version: FORMAT_VERSION,
        suite: "small".into(),
        dialect: Dialect::Native,
        world: world.name().to_owned(),
        world_checksum: world.checksum().to_owned(),
        templates: String::new(),
        catalog: native::hash(),
        seed: 1,
        tasks: tasks.len(),
    };
    Suite { header, tasks }.to_jsonl()
}

/// A line of a script: what the model says to a task.
pub fn script(prompt: &str, replies: &[Json]) -> String {
    format!("{}\n", json!({ "task": prompt, "replies": replies }))
}

/// The text of a reply with one action.
pub fn action(tool: &str, input: &Json) -> Json {
    let action = json!({ "action": tool, "action_input": input });
    json!(format!("Thought: so.\nAction:\n```json\n{action}\n```"))
}

/// The text of a reply that ends an episode.
pub fn answer(text: &str) -> Json {
    action("Final Answer", &json!(text))
}

/// Runs the program.
pub fn breakroom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program in a folder, where `runs/` is then.
pub fn breakroom_in(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_breakroom"))
        .current_dir(&folder.0)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs `breakroom run` into a folder, and reads what is there then.
pub fn run(out: &str, arguments: &[&str]) -> RunFolder {
    let output = breakroom(&[&["run", "--out", out], arguments].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{errors}");
    let read = RunFolder::read(Path::new(out));
    read.map_err(|error| format!("{error:#}\n{errors}"))
        .unwrap()
}
