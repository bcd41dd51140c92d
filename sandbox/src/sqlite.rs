//! Settings of SQLite that hold for the whole process.

use std::sync::Once;

use rusqlite::ffi;

/// Turns off the memory that SQLite allocates ahead of need, which would be most of an idle session's memory.
///
/// The settings take effect only before the process opens its first connection. A later call changes nothing and does no harm.
pub(crate) fn configure_sqlite() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: sqlite3_config takes these argument types for these options. If SQLite is already running, it returns
        // SQLITE_MISUSE and changes nothing.
        unsafe {
            ffi::sqlite3_config(
                ffi::SQLITE_CONFIG_PAGECACHE,
                std::ptr::null_mut::<std::ffi::c_void>(),
                0,
                0,
            );
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_LOOKASIDE, 0, 0);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0);
        }
    });
}
