//! Runs that are killed, broken off, shared out and played again come to what an undisturbed run comes to.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::runs::{Folder, breakroom};
use crate::support::{Answer, Server, completion};
use breakroom_record::folder::RunFolder;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value as Json;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakroom"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn succeeds(arguments: &[&str]) -> Output {
    let output = breakroom(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

/// Takes out what another run of the same need not share: how long things took, and when.
fn without_times(mut value: Json) -> Json {
    match &mut value {
        Json::Object(fields) => {
            for name in ["timings", "took_ms", "started", "ended"] {
                fields.remove(name);
            }
            for value in fields.values_mut() {
                *value = without_times(value.take());
            }
        }
        Json::Array(items) => {
            for item in items {
                *item = without_times(item.take());
            }
        }
        _ => {}
    }
    value
}

/// Every file of a run by name, each line without its times.
fn contents(run: &str) -> BTreeMap<String, Vec<Json>> {
    let run = Path::new(run);
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text
            .lines()
            .map(|line| without_times(serde_json::from_str(line).unwrap()));
        lines.collect::<Vec<_>>()
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(run.join("traces")).unwrap() {
        let path = entry.unwrap().path();
        files.insert(
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            read(&path),
        );
    }
    files.insert(
        "episodes.jsonl".to_owned(),
        read(&run.join("episodes.jsonl")),
    );
    let run_json =
        serde_json::from_str(&std::fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    files.insert("run.json".to_owned(), vec![without_times(run_json)]);
    files
}

/// Whole lines of a run's episodes so far.
fn episodes(run: &str) -> usize {
    let text = std::fs::read(Path::new(run).join("episodes.jsonl")).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// Sends a signal once that many episodes are kept, or says that the run was over before.
fn signal_after(child: &mut Child, run: &str, kept: usize, signal: Signal) -> bool {
    while episodes(run) < kept {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    kill(Pid::from_raw(child.id().cast_signed()), signal).is_ok()
}

const TASKS: &str = "60";

#[test]
fn a_run_that_is_killed_twenty_times_is_that_of_an_undisturbed_one() {
    let folder = Folder::new("killed");
    let arguments = ["run", "--limit", TASKS, "--concurrency", "3"];
    let (whole, killed) = (folder.path("whole"), folder.path("killed"));
    succeeds(&[&arguments[..], &["--out", &whole]].concat());
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let mut kills = 0;
    let mut kept = 0;
    while kills < 20 {
        let mut child = command(&[&arguments[..], &["--resume", "--out", &killed]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Sometimes before the first episode of this attempt is kept.
        kept += (dice.next_u32() % 5) as usize;
        let struck = signal_after(&mut child, &killed, kept.min(59), Signal::SIGKILL);
        child.wait().unwrap();
        assert!(struck, "the run was over after {kills} kills");
        kills += 1;
        assert!(
            episodes(&killed) >= kept.min(59),
            "a finished episode was lost"
        );
    }
    succeeds(&[&arguments[..], &["--resume", "--out", &killed]].concat());
    assert_eq!(contents(&killed), contents(&whole));
}

#[test]
fn an_interrupted_run_finishes_what_is_under_way_and_can_be_taken_up_again() {
    let folder = Folder::new("interrupted");
    let arguments = ["run", "--limit", TASKS, "--concurrency", "3"];
    let (whole, broken) = (folder.path("whole"), folder.path("broken"));
    succeeds(&[&arguments[..], &["--out", &whole]].concat());
    let mut child = command(&[&arguments[..], &["--out", &broken]].concat())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(signal_after(&mut child, &broken, 5, Signal::SIGINT));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--resume"), "{said}");
    assert!((5..60).contains(&episodes(&broken)));
    // The same command without --resume touches nothing.
    let output = breakroom(&[&arguments[..], &["--out", &broken]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--resume")
    );
    // Another seed is another run.
    let output = breakroom(
        &[
            &arguments[..],
            &["--resume", "--seed", "2", "--out", &broken],
        ]
        .concat(),
    );
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("seed: 1 and 2")
    );
    succeeds(&[&arguments[..], &["--resume", "--out", &broken]].concat());
    assert_eq!(contents(&broken), contents(&whole));
}

#[test]
fn a_second_interrupt_drops_what_is_under_way() {
    let folder = Folder::new("dropped");
    let run = folder.path("run");
    // A program that never ends by itself.
    let mut child = command(&[
        "run",
        "--limit",
        "2",
        "--agent",
        "exec:echo > started; exec sleep 600",
        "--out",
        &run,
    ])
    .current_dir(&folder.0)
    .stderr(Stdio::piped())
    .stdout(Stdio::null())
    .spawn()
    .unwrap();
    while !folder.0.join("started").exists() {
        std::thread::yield_now();
    }
    let pid = Pid::from_raw(child.id().cast_signed());
    kill(pid, Signal::SIGINT).unwrap();
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.contains("press Ctrl-C again"), "{said}");
    kill(pid, Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(episodes(&run), 0);
}

#[test]
fn shards_that_are_joined_are_the_whole_run() {
    let folder = Folder::new("shards");
    let arguments = ["run", "--limit", "20", "--trials", "2"];
    let whole = folder.path("whole");
    succeeds(&[&arguments[..], &["--out", &whole]].concat());
    let shards: Vec<String> = (1..=3)
        .map(|index| folder.path(&format!("shard-{index}")))
        .collect();
    for (shard, index) in shards.iter().zip(1..) {
        succeeds(
            &[
                &arguments[..],
                &["--shard", &format!("{index}/3"), "--out", shard],
            ]
            .concat(),
        );
    }
    let merge = |shards: &[String], out: &str| {
        let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
        breakroom(&[&["merge"], &shards[..], &["--out", out]].concat())
    };
    let output = merge(&shards[..2], &folder.path("part"));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("3/3"));
    let joined = folder.path("joined");
    let output = merge(&shards, &joined);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(contents(&joined), contents(&whole));
}

#[test]
fn a_run_that_is_played_again_ends_as_it_did() {
    let folder = Folder::new("replayed");
    for agent in ["react", "tools"] {
        let (first, second) = (folder.path(agent), folder.path(&format!("{agent}-again")));
        succeeds(&["run", "--limit", "20", "--agent", agent, "--out", &first]);
        succeeds(&[
            "run",
            "--limit",
            "20",
            "--agent",
            &format!("replay:{first}"),
            "--out",
            &second,
        ]);
        let played = |run: &str| {
            let mut files = contents(run);
            files.remove("run.json");
            // Who says it is another: the rest of the trace is the same.
            for (_, lines) in files
                .iter_mut()
                .filter(|(name, _)| *name != "episodes.jsonl")
            {
                lines[0]["agent"].take();
                lines[0]["model"].take();
            }
            files
        };
        assert_eq!(played(&first), played(&second));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_said_before_the_model_is_asked() {
    let folder = Folder::new("unwritable");
    let server = Server::start(vec![completion("Done.", &[])]).await;
    // A file where the folder should be: this holds for root too.
    std::fs::write(folder.0.join("taken"), "").unwrap();
    let out = folder.path("taken/run");
    let output = breakroom(&[
        "run",
        "--limit",
        "2",
        "--model",
        "any",
        "--base-url",
        &server.url,
        "--out",
        &out,
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("taken"));
    assert!(server.seen().is_empty());
}

/// The system refuses to write more than so much into a file, as it does on a full disk; a run's line goes the same way.
#[test]
fn a_disk_that_fills_up_stops_the_run_clearly_and_it_can_be_taken_up_again() {
    let folder = Folder::new("full");
    let arguments = ["run", "--limit", TASKS, "--concurrency", "3"];
    let (whole, full) = (folder.path("whole"), folder.path("full"));
    succeeds(&[&arguments[..], &["--out", &whole]].concat());
    let binary = env!("CARGO_BIN_EXE_breakroom");
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {binary} {} --out {full}",
        arguments.join(" ")
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("cannot write") && said.contains("--resume"),
        "{said}"
    );
    let kept = episodes(&full);
    assert!((1..60).contains(&kept), "{kept}");
    // Every line that is there is whole.
    assert_eq!(contents(&full)["episodes.jsonl"].len(), kept);
    succeeds(&[&arguments[..], &["--resume", "--out", &full]].concat());
    assert_eq!(contents(&full), contents(&whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_never_reaches_the_disk_even_when_the_provider_echoes_it() {
    let folder = Folder::new("secret");
    let secret = "sk-4711-very-secret";
    let echo = Answer::Whole(
        401,
        "",
        format!("{{\"error\": {{\"message\": \"the key {secret} is wrong\"}}}}"),
    );
    let server = Server::start(vec![
        completion(&format!("I was given {secret}."), &[]),
        echo,
    ])
    .await;
    let (run, tape) = (folder.path("run"), folder.path("tape.jsonl"));
    let url = server.url.replace("http://", "http://me:url-password@");
    let output = command(&[
        "run",
        "--limit",
        "2",
        "--concurrency",
        "1",
        "--model",
        "any",
        "--base-url",
        &url,
        "--api-key-env",
        "BREAKROOM_TEST_KEY",
    ])
    .args(["--out", &run, "--record", &tape])
    .env("BREAKROOM_TEST_KEY", secret)
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        server.seen()[0].head.contains(secret),
        "the provider gets the key"
    );
    let mut pending = vec![folder.0.clone()];
    let mut files = 0;
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(
                !text.contains(secret) && !text.contains("url-password"),
                "{}: {text}",
                path.display()
            );
            files += 1;
        }
    }
    assert!(files >= 5);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        !said.contains(secret) && !said.contains("url-password"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_for_good_is_a_fault_apart_and_exit_code_three() {
    let folder = Folder::new("provider");
    let failing = Answer::Whole(500, "", "{}".to_owned());
    let busy = Answer::Whole(429, "retry-after: 0\r\n", "{}".to_owned());
    for (name, answers, code, outcome) in [
        ("failing", vec![failing], 3, "fault"),
        (
            "garbage",
            vec![Answer::Whole(200, "", "no json".to_owned())],
            3,
            "fault",
        ),
        ("busy", vec![busy, completion("Done.", &[])], 0, "correct"),
    ] {
        let server = Server::start(answers).await;
        let run = folder.path(name);
        let task = "analytics.line-if-passed-since";
        let output = command(&[
            "run",
            "--only",
            task,
            "--concurrency",
            "1",
            "--model",
            "any",
            "--base-url",
            &server.url,
        ])
        .args([
            "--attempts",
            "2",
            "--retry-wait",
            "1",
            "--out",
            &run,
            "--json",
        ])
        .output()
        .unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        let report: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert!(
            report["domains"]["all"]["outcomes"][outcome]
                .as_u64()
                .unwrap()
                > 0,
            "{name}: {report}"
        );
        let wrong = report["domains"]["all"]["outcomes"]["incomplete"]
            .as_u64()
            .unwrap_or_default();
        assert!(
            name == "busy" || wrong == 0,
            "{name}: a fault was counted as a wrong answer: {report}"
        );
    }
}

#[test]
fn what_a_run_writes_fits_the_schemas_that_ship() {
    let folder = Folder::new("schemas");
    let (run, kept) = (folder.path("run"), folder.path("baseline.jsonl"));
    for agent in ["react", "tools"] {
        let run = format!("{run}-{agent}");
        succeeds(&[
            "run",
            "--limit",
            "60",
            "--agent",
            agent,
            "--chaos",
            "examples/chaos.toml",
            "--out",
            &run,
        ]);
        let validators: BTreeMap<String, jsonschema::Validator> = breakroom::schema::files()
            .into_iter()
            .map(|(name, schema)| (name, jsonschema::draft202012::new(&schema).unwrap()))
            .collect();
        let check = |schema: &str, text: &str| {
            let value: Json = serde_json::from_str(text).unwrap();
            let errors: Vec<String> = validators[schema]
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{schema}: {}\n{text}", errors.join("\n"));
        };
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        check("run/run.json", &read(&Path::new(&run).join("run.json")));
        for line in read(&Path::new(&run).join("episodes.jsonl")).lines() {
            check("run/episode.json", line);
            let episode: Json = serde_json::from_str(line).unwrap();
            check("verdict.json", &episode["verdict"].to_string());
        }
        for entry in std::fs::read_dir(Path::new(&run).join("traces")).unwrap() {
            read(&entry.unwrap().path())
                .lines()
                .for_each(|line| check("run/trace-line.json", line));
        }
        let faults: Json = toml::from_str(include_str!("../../examples/chaos.toml")).unwrap();
        check("chaos.json", &faults.to_string());
        let finding = breakroom_tasks::lint::LintFinding {
            rule: "prompt".to_owned(),
            template: "a.b".to_owned(),
            task: None,
            message: "the prompt is empty".to_owned(),
        };
        check(
            "lint-finding.json",
            &serde_json::to_string(&finding).unwrap(),
        );
        succeeds(&["baseline", &run, "--out", &kept, "--force"]);
        let text = read(Path::new(&kept));
        let (header, points) = text.split_once('\n').unwrap();
        check("baseline/header.json", header);
        points
            .lines()
            .for_each(|line| check("baseline/point.json", line));
        let suite = breakroom_tasks::suite::Suite::office_690()
            .unwrap()
            .to_jsonl();
        let (header, tasks) = suite.split_once('\n').unwrap();
        check("suite/header.json", header);
        tasks
            .lines()
            .for_each(|line| check("suite/task.json", line));
    }
}

#[test]
fn a_small_run_can_have_every_template() {
    let folder = Folder::new("per-template");
    let out = folder.path("run");
    succeeds(&[
        "run",
        "--per-template",
        "2",
        "--agent",
        "oracle",
        "--out",
        &out,
    ]);
    let run = RunFolder::read(Path::new(&out)).unwrap();
    let mut templates: BTreeMap<&str, usize> = BTreeMap::new();
    for episode in &run.episodes {
        *templates.entry(&episode.template).or_default() += 1;
    }
    assert_eq!(templates.len(), 69);
    assert!(templates.values().all(|count| *count == 2));
    assert_eq!(run.run.settings.per_template, Some(2));
}
