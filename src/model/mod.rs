//! Models, and how they are asked.
pub mod chat;
