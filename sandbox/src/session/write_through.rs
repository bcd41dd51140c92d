//! A mode for tests, in debug builds only: a row that a tool writes reaches its database at once and is read back from there.
//!
//! Normally a row stays in the session's log until a statement runs. The tests must pass in both modes, which shows that nobody
//! can tell the difference.

/// Whether the environment variable `BREAKROOM_WRITE_THROUGH` is 1. It is read once.
#[cfg(debug_assertions)]
pub(super) fn is_write_through() -> bool {
    use std::sync::LazyLock;
    static IS_ON: LazyLock<bool> = LazyLock::new(|| {
        std::env::var_os("BREAKROOM_WRITE_THROUGH").is_some_and(|value| value == "1")
    });
    *IS_ON
}

/// Release builds have no such mode.
#[cfg(not(debug_assertions))]
pub(super) const fn is_write_through() -> bool {
    false
}
