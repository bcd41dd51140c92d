//! Runs agent frameworks one by one. A program for each framework (`frameworks/`) works through tasks with the
//! [model server](breakroom_model_server) as its model, without faults and with each fault. How a program is driven is in [`program`](crate::program).
//!
//! | module | what it holds |
//! |---|---|
//! | `manifest` | the list of frameworks |
//! | `environment` | installing their packages |
//! | `bench` | running one framework, with one fault or none |
//! | `reference_calls` | the calls that the policy makes without a framework |
//! | `fault_response` | how a framework responds to a fault |
//! | `report` | the report on all of it |

pub mod bench;
pub mod environment;
pub mod fault_response;
pub mod manifest;
pub mod reference_calls;
pub mod report;
