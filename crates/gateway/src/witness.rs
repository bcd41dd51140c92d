//! Who is told what happens in a gateway: a server counts and measures.

use crate::wire::TracedCall;

/// Is told of every session and call. It is called with a session's lock held, so it must be quick and call nothing back.
pub trait Witness: Send + Sync {
    /// A session was opened.
    fn opened(&self);
    /// A session was closed; because nobody used it where it was reaped.
    fn closed(&self, reaped: bool);
    /// A call was run.
    fn called(&self, call: &TracedCall);
}

/// Tells nobody.
pub(super) struct Nobody;

impl Witness for Nobody {
    fn opened(&self) {}
    fn closed(&self, _: bool) {}
    fn called(&self, _: &TracedCall) {}
}
