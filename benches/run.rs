//! What `breakroom run` costs without a model's time: the program itself is run, as a user would, and the system says what it took.
//!
//! `cargo bench --bench run`
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Tasks of the suite that ships.
const TASKS: u32 = 690;
const ROUNDS: usize = 5;

/// What a run took.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    /// Processor time.
    work: Duration,
}

impl Took {
    fn per_episode(self, episodes: u32) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(episodes);
        format!(
            "{:.2} ms an episode, {:.2} ms of processor time",
            each(self.wall),
            each(self.work)
        )
    }
}

/// A folder for runs; it goes with the benchmark.
struct Runs(PathBuf);

impl Drop for Runs {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn children() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap()
}

fn processor_time(usage: &Usage) -> Duration {
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros as u64)
}

impl Runs {
    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Took {
        let out = self.path(name);
        let (before, began) = (processor_time(&children()), Instant::now());
        let status = Command::new(env!("CARGO_BIN_EXE_breakroom"))
            .args(["run", "--out", &out])
            .args(arguments)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
        Took {
            wall: began.elapsed(),
            work: processor_time(&children()) - before,
        }
    }

    /// The run in the middle of some, by its wall time.
    fn median(&self, arguments: &[&str]) -> Took {
        // Folders of their own: a file system takes long to use again what was just deleted.
        let name = |round| format!("{}-{round}", arguments[1].replace(['/', ':'], "-"));
        let rounds = (0..ROUNDS).map(|round| self.run(&name(round), arguments));
        let mut all: Vec<Took> = rounds.collect();
        all.sort_by_key(|took| took.wall);
        all[ROUNDS / 2]
    }
}

fn main() {
    let folder = std::env::temp_dir().join(format!("breakroom-bench-{}", std::process::id()));
    let runs = Runs(folder);
    // The most that any run so far had: the longest run comes last.
    let most = || children().max_rss() as f64 / 1024.0;

    let oracle = runs.median(&["--agent", "oracle"]);
    println!(
        "{TASKS} tasks by the oracle: {:.2} s (goal 1 s)",
        oracle.wall.as_secs_f64()
    );

    runs.run("recorded", &["--model", "scripted:intern"]);
    let replay = format!("replay:{}", runs.path("recorded"));
    let replayed = runs.median(&["--agent", &replay, "--concurrency", "64"]);
    println!(
        "recorded replies, 64 episodes at once: {} (goal 1 ms)",
        replayed.per_episode(TASKS)
    );

    let short = runs.median(&["--model", "scripted:intern", "--concurrency", "64"]);
    let once = most();
    println!(
        "an embedded model, 64 at once: {}",
        short.per_episode(TASKS)
    );
    let long = runs.run(
        "long",
        &[
            "--model",
            "scripted:intern",
            "--concurrency",
            "64",
            "--trials",
            "15",
        ],
    );
    println!("{} episodes: {}", 15 * TASKS, long.per_episode(15 * TASKS));
    println!(
        "memory at the most: {once:.0} MiB with {TASKS} episodes, {:.0} MiB with {} (goal: flat)",
        most(),
        15 * TASKS
    );
}
