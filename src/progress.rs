//! What is being done, on standard error, where that is a terminal. Nothing is printed elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;

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
