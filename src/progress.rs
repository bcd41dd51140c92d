//! What long work is doing, on standard error: a bar on a terminal, and a line every ten seconds elsewhere. With `--quiet` it is silent.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use breakroom_tasks::verdict::Outcome;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is printed where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

static QUIET: AtomicBool = AtomicBool::new(false);

/// Silences progress and notes for the rest of the process.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a note that nothing depends on. Errors and the reasons for an exit code are not notes.
pub fn note(text: &str) {
    if !is_quiet() {
        eprintln!("{text}");
    }
}

/// Does `work`, and says meanwhile that it goes on.
pub fn step<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if is_quiet() {
        return work();
    }
    if std::io::stderr().is_terminal() {
        let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(100));
        let result = work();
        spinner.finish_and_clear();
        return result;
    }
    let (what, started) = (what.to_owned(), Instant::now());
    let _ticker = Ticker::start(move || format!("{what}, {} so far", rounded(started.elapsed())));
    work()
}

/// Progress over pieces of work. It ends when it is dropped.
pub struct Progress {
    state: Arc<Mutex<State>>,
    bar: ProgressBar,
    _ticker: Option<Ticker>,
}

impl Progress {
    /// Over so many pieces, such as `episodes`, of which some are done already.
    pub fn new(what: &'static str, all: usize, done: usize) -> Progress {
        let state = Arc::new(Mutex::new(State {
            what,
            all,
            done,
            done_before: done,
            counts: BTreeMap::new(),
            doing: String::new(),
            started: Instant::now(),
        }));
        let (mut bar, mut ticker) = (ProgressBar::hidden(), None);
        if !is_quiet() {
            if std::io::stderr().is_terminal() {
                bar = ProgressBar::new(all as u64).with_position(done as u64);
                let style = ProgressStyle::with_template("{bar:20} {wide_msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            } else {
                let state = Arc::clone(&state);
                ticker = Some(Ticker::start(move || lock(&state).to_line()));
            }
        }
        Progress {
            state,
            bar,
            _ticker: ticker,
        }
    }

    /// A piece is done; an episode has an outcome.
    pub fn advance(&self, outcome: Option<Outcome>) {
        let mut state = lock(&self.state);
        state.done += 1;
        if let Some(outcome) = outcome {
            *state.counts.entry(outcome).or_default() += 1;
        }
        self.bar.set_position(state.done as u64);
        self.bar.set_message(state.to_line());
    }

    /// What is being done now, in a few words.
    pub fn set_doing(&self, doing: String) {
        lock(&self.state).doing = doing;
    }

    /// Prints a note above the bar.
    pub fn note(&self, text: &str) {
        self.bar.suspend(|| note(text));
    }

    /// Says what a first Ctrl-C does.
    pub fn tell_interrupted(&self, under_way: usize) {
        self.note(&format!(
            "finishing {under_way} episodes; press Ctrl-C again to drop them"
        ));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct State {
    what: &'static str,
    all: usize,
    done: usize,
    /// What was done before this process began.
    done_before: usize,
    counts: BTreeMap<Outcome, usize>,
    doing: String,
    started: Instant,
}

impl State {
    fn to_line(&self) -> String {
        self.line(self.started.elapsed())
    }

    /// Like `120 of 690 episodes, 101 correct, 19 side effects, about 40 s to go`.
    fn line(&self, elapsed: Duration) -> String {
        let mut parts = vec![format!("{} of {} {}", self.done, self.all, self.what)];
        for (outcome, count) in &self.counts {
            parts.push(format!("{count} {}", outcome.label()));
        }
        if !self.doing.is_empty() {
            parts.push(self.doing.clone());
        }
        let here = self.done.saturating_sub(self.done_before);
        let left = self.all.saturating_sub(self.done);
        if here > 0 && left > 0 {
            let time = elapsed.mul_f64(left as f64 / here as f64);
            parts.push(format!("about {} to go", rounded(time)));
        }
        parts.join(", ")
    }
}

/// A time in one unit.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{} s", seconds.max(1)),
        seconds @ 100..=5_999 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1_800) / 3_600),
    }
}

/// A thread that prints a line every ten seconds until it is dropped.
struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(line: impl Fn() -> String + Send + 'static) -> Ticker {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{}", line());
            }
        });
        Ticker {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed, and costs nothing but lines.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_outcome_and_a_time_to_go() {
        let mut state = State {
            what: "episodes",
            all: 690,
            done: 120,
            done_before: 20,
            counts: BTreeMap::from([(Outcome::SideEffects, 9), (Outcome::Correct, 91)]),
            doing: String::new(),
            started: Instant::now(),
        };
        let ten = Duration::from_secs(10);
        assert_eq!(
            state.line(ten),
            "120 of 690 episodes, 91 correct, 9 side effects, about 57 s to go"
        );
        assert!(state.line(ten * 12).ends_with("about 11 min to go"));
        assert!(state.line(ten * 1200).ends_with("about 19 h to go"));
        state.doing = "langgraph".to_owned();
        state.done = 690;
        assert!(state.line(ten).ends_with("9 side effects, langgraph"));
        state.done = 20;
        assert!(!state.line(ten).contains("to go"), "nothing is known yet");
    }
}
