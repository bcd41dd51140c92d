//! The command line of Breakroom: a module for each command. What commands do is in the crates of the workspace; here arguments are read, and
//! reports are printed.

pub mod address;
pub mod choice;
pub mod compare;
pub mod errors;
pub mod examples;
pub mod export;
pub mod frameworks;
pub mod merge;
pub mod model;
pub mod model_args;
pub mod outcomes;
pub mod progress;
pub mod run;
pub mod runs;
pub mod schema;
pub mod serve;
pub mod shell_files;
pub mod show;
pub mod stats;
pub mod tasks;
pub mod tools;
pub mod user_error;
pub mod workbench;
pub mod world;
