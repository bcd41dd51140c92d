//! Worlds: frozen seed data from which sessions start.
//!
//! A world is five database images, a directory of colleagues, a clock, whose office it is, and a checksum. Nothing in a
//! process can change one: the images lie in memory that the operating system keeps read-only.

mod data;
mod folder;
mod frozen;
mod image;
mod order;
mod text;

pub use data::{Colleague, WorldData};
pub use folder::{FORMAT_VERSION, RefusedRow, WorldError};
pub use frozen::World;
pub(crate) use frozen::WrittenRow;
pub(crate) use image::{Image, attach};
pub(crate) use order::{by_column, compare};
