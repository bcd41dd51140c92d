//! A folder in which the commands of one page run.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Folders of the repository that commands name; a reader runs them in a checkout.
const CHECKOUT: [&str; 4] = ["clients", "examples", "frameworks", "tasks"];

/// Programs that not every machine has.
const OTHERS: [&str; 3] = ["curl", "jq", "python3"];

/// No command of the docs takes long; one that does not end is a server without its mark.
const DEADLINE: Duration = Duration::from_secs(60);

/// Lets blocks share their variables, and shows errors among the output, as a terminal does.
const BEFORE: &str = "exec 2>&1\nset -eua\n[ ! -f .variables ] || . ./.variables\n";
const AFTER: &str = "\nexport -p > .variables\n";

pub struct Shell {
    folder: PathBuf,
    servers: Vec<Server>,
}

/// A server that a page starts: it listens on a free port in place of the one that the page shows.
struct Server {
    child: Child,
    shown: String,
    real: String,
}

impl Shell {
    pub fn new(page: &Path) -> Shell {
        let name = page.to_string_lossy().replace(['/', '.'], "-");
        let folder =
            std::env::temp_dir().join(format!("breakroom-docs-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for name in CHECKOUT {
            std::os::unix::fs::symlink(super::repository().join(name), folder.join(name)).unwrap();
        }
        Shell {
            folder,
            servers: Vec::new(),
        }
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    /// A program that a script needs and this machine lacks.
    pub fn missing(&self, script: &str) -> Option<&'static str> {
        let named = |name: &&str| {
            script
                .split(|it: char| !it.is_alphanumeric())
                .any(|word| word == *name)
        };
        let installed = |name: &str| {
            self.sh(&format!("command -v {name}"))
                .output()
                .unwrap()
                .status
                .success()
        };
        OTHERS
            .into_iter()
            .filter(named)
            .find(|name| !installed(name))
    }

    fn sh(&self, script: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_breakroom")).parent().unwrap();
        let mut path =
            std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        path.insert(0, program.to_owned());
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(script)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            if name.starts_with("BREAKROOM_") || name.ends_with("_API_KEY") {
                command.env_remove(name);
            }
        }
        command.env("PATH", std::env::join_paths(path).unwrap());
        // On a slow machine a run prints its progress, which no page shows.
        command.env("BREAKROOM_QUIET", "1");
        command
    }

    /// Runs a script: its exit code and all that it printed.
    pub fn run(&self, script: &str) -> Result<(i32, String), String> {
        let mut script = script.replace("cargo run --release -- ", "breakroom ");
        for server in &self.servers {
            script = script.replace(&server.shown, &server.real);
        }
        let mut command = self.sh(&format!("{BEFORE}{script}{AFTER}"));
        let mut child = command
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut output = String::new();
            let read = stdout.read_to_string(&mut output);
            sender.send(read.map(|_| output))
        });
        let output = receiver.recv_timeout(DEADLINE);
        if output.is_err() {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["--", &group]).status().unwrap();
        }
        let status = child.wait().unwrap();
        let mut output = output
            .map_err(|_| "did not end".to_owned())?
            .map_err(|it| it.to_string())?;
        for server in &self.servers {
            output = output.replace(&server.real, &server.shown);
        }
        Ok((status.code().unwrap_or(-1), output))
    }

    /// Starts a server, and returns the first line that it prints.
    pub fn serve(&mut self, command: &str) -> Result<String, String> {
        let shown = port(command).ok_or("a server's command names its port")?;
        let command = command.replace(&shown, ":0");
        let errors = std::fs::File::create(self.folder.join("server.log")).unwrap();
        let mut command = self.sh(&format!("exec {command}"));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let read = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
        let Some(real) = read.ok().and_then(|_| port(&line)) else {
            child.kill().and_then(|()| child.wait()).unwrap();
            let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap();
            return Err(format!("no line with a port: {line}{log}"));
        };
        let first = line.replace(&real, &shown);
        self.servers.push(Server { child, shown, real });
        Ok(first)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The port that a text names on this machine, with its colon.
fn port(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("127.0.0.1:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!(":{digits}"))
}
