//! A layer of the subscriber, whatever its type.

use tracing_subscriber::{Layer, Registry};

/// Receives events and spans.
pub(super) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;
