//! The integration tests of the workspace, one module for each part that users see. The feature `otel` has a binary of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

mod agents;
mod catalog;
mod chaos;
mod chaos_served;
mod command_line;
mod compare;
mod docs;
mod durable_runs;
mod error_classes;
mod exit_codes;
mod exports;
mod frameworks;
mod front_ends;
mod gateway;
mod http;
mod mcp;
mod model_server;
mod model_server_faults;
mod models;
mod policies;
mod programs;
mod provider_days;
mod run_names;
mod schemas;
mod seal;
mod session_dir;
mod show;
mod stdio;
mod templates;
mod workbench_audit;
mod workbench_layouts;
mod workbench_parity;
mod world;
