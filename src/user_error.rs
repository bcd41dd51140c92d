//! Whose mistake an error is, which decides the exit code. What users name, write or forget is theirs, and running the command again will not
//! help; anything else is the machine's, a provider's or our own.

use std::io::ErrorKind;

use anyhow::Result;
use breakroom_record::user_error::UserError;
pub use breakroom_record::user_error::user_error;

/// Exit code of a mistake of the user's.
pub const USER_ERROR: u8 = 2;

/// Exit code of a fault of the machine's, a provider's or our own.
pub const FAULT: u8 = 3;

/// What came of something that the user named or wrote.
pub trait UserInput<T> {
    /// Marks the error as the user's, unless the system failed underneath.
    ///
    /// # Errors
    /// The same as before.
    fn user_input(self) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> UserInput<T> for Result<T, E> {
    fn user_input(self) -> Result<T> {
        self.map_err(|error| {
            let error = error.into();
            if is_system_failure(&error) || is_user_error(&error) {
                error
            } else {
                UserError::marking(error).into()
            }
        })
    }
}

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if is_user_error(error) {
        USER_ERROR
    } else {
        FAULT
    }
}

fn is_user_error(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.is::<UserError>() || cause.is::<clap::Error>())
}

/// Whether the system failed in a way that another name or another right of access would not cure.
fn is_system_failure(error: &anyhow::Error) -> bool {
    let mut failures = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    failures.any(|failure| {
        !matches!(
            failure.kind(),
            ErrorKind::NotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::AlreadyExists
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::DirectoryNotEmpty
                | ErrorKind::InvalidFilename
                | ErrorKind::InvalidInput
                | ErrorKind::InvalidData
                | ErrorKind::UnexpectedEof
                | ErrorKind::ReadOnlyFilesystem
                | ErrorKind::AddrInUse
                | ErrorKind::AddrNotAvailable
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn failing(kind: ErrorKind) -> Result<()> {
        Err(std::io::Error::from(kind)).context("cannot use notes.txt")
    }

    #[test]
    fn a_missing_file_is_the_users_mistake_and_a_full_disk_is_not() {
        let missing = failing(ErrorKind::NotFound).user_input().unwrap_err();
        assert_eq!(exit_code(&missing), USER_ERROR);
        assert_eq!(
            format!("{missing:#}"),
            "cannot use notes.txt: entity not found"
        );
        let full = failing(ErrorKind::StorageFull).user_input().unwrap_err();
        assert_eq!(exit_code(&full), FAULT);
        let unmarked = failing(ErrorKind::NotFound).unwrap_err();
        assert_eq!(exit_code(&unmarked), FAULT);
    }

    #[test]
    fn a_mark_is_found_below_other_context() {
        let error = Err::<(), _>(user_error("there is no task"))
            .context("cannot show it")
            .unwrap_err();
        assert_eq!(exit_code(&error), USER_ERROR);
        assert_eq!(format!("{error:#}"), "cannot show it: there is no task");
    }
}
