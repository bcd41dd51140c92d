//! What a client may want to know about a tool before it calls it, with the meaning of MCP's tool annotations.

/// The hints of one tool. No tool reaches anything outside its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolHints {
    /// It changes nothing.
    pub read_only: bool,
    /// It can change or delete existing rows, rather than only add new ones.
    pub destructive: bool,
    /// Repeating a call has no further effect.
    pub idempotent: bool,
}

impl ToolHints {
    /// A tool that only reads.
    pub const READ: ToolHints = ToolHints {
        read_only: true,
        destructive: false,
        idempotent: true,
    };
    /// A tool that creates a row with every call.
    pub const CREATE: ToolHints = ToolHints {
        read_only: false,
        destructive: false,
        idempotent: false,
    };
    /// A tool that returns the existing row instead of creating an equal one.
    pub const CREATE_ONCE: ToolHints = ToolHints {
        idempotent: true,
        ..ToolHints::CREATE
    };
    /// A tool that updates or deletes a row.
    pub const OVERWRITE: ToolHints = ToolHints {
        read_only: false,
        destructive: true,
        idempotent: true,
    };
}
