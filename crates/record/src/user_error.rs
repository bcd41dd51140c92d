//! A mistake of the user's: a name that is unknown, a folder that is taken, runs that do not fit together. Doing the same again will not help.

use std::error::Error;
use std::fmt;

/// Marks an error as the user's to fix. It shows as the error that it marks.
#[derive(Debug)]
pub struct UserError(anyhow::Error);

impl UserError {
    /// Marks an error.
    pub fn marking(error: anyhow::Error) -> UserError {
        UserError(error)
    }
}

/// An error of the user's, by its message.
pub fn user_error(message: impl Into<String>) -> anyhow::Error {
    UserError(anyhow::Error::msg(message.into())).into()
}

impl fmt::Display for UserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for UserError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
