//! What is being done, on standard error, where that is a terminal. Nothing is printed elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Does `work` while a terminal shows what it is and that it goes on.
pub fn step<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    let result = work();
    spinner.finish_and_clear();
    result
}

/// A bar over so many pieces of work, of which some are done already.
pub fn bar(all: usize, done: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(all as u64).with_position(done as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Says what a first Ctrl-C does, without harm to a bar.
pub fn tell_interrupted(bar: &ProgressBar, under_way: usize) {
    bar.suspend(|| eprintln!("finishing {under_way} episodes; press Ctrl-C again to drop them"));
}
