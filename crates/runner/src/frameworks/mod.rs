//! Agent frameworks tried one by one: a program for each (`frameworks/`) works through tasks with the [model server](breakroom_model_server) as its
//! model, alone and with faults mixed in. What a program does is an agent of [runs](crate); here is what is tried, and what it comes to.
//!
//! | module | what it holds |
//! |---|---|
//! | `manifest` | which frameworks there are |
//! | `environment` | where their packages are installed |
//! | `bench` | one framework with one fault, or none: a run |
//! | `reference` | the calls that the policy makes by itself |
//! | `response` | what a framework made of a fault |
//! | `report` | what all of it came to |

pub mod bench;
pub mod environment;
pub mod fault_response;
pub mod manifest;
pub mod reference_calls;
pub mod report;
