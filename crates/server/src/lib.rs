//! The front ends: each only carries messages to the [gateway](breakroom_gateway).
//!
//! | module | what it holds |
//! |---|---|
//! | [`http`] | HTTP with JSON, described by OpenAPI |
//! | [`mcp`] | MCP, over HTTP and over standard input and output |
//! | [`stdio`] | JSON-RPC over standard input and output |
//! | [`telemetry`] | logs and spans |
//! | `calls` | running a call for an agent, for all of them |

mod calls;
pub mod http;
pub mod mcp;
pub mod stdio;
pub mod telemetry;
