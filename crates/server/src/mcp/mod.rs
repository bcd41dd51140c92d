//! The Model Context Protocol, in both generations: 2026-07-28, in which each request stands alone, and the ones with a handshake. See
//! docs/mcp.md.
//!
//! A client works in one session of the gateway, whatever the protocol calls a session: over HTTP it is named in the address, over
//! standard input and output it is the process's own.

mod handler;
pub(super) mod over_http;
pub mod over_stdio;

pub(super) use handler::McpHandler;
