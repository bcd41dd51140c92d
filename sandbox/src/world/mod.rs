//! Worlds: frozen seed data from which sessions start.
//!
//! A world is five database images, a directory of colleagues, a clock, an owner and a checksum. Nothing in the process can
//! change a world: the images lie in memory that the operating system keeps read-only.

mod column_order;
mod csv_files;
mod data;
mod database_image;
mod error;
mod folder;
mod frozen_world;
mod manifest;
mod word_index;

pub(crate) use column_order::{compare_rows, compare_values};
pub use data::{Colleague, WorldData};
pub(crate) use database_image::attach_images;
pub use error::{RefusedRow, WorldError};
pub(crate) use frozen_world::CachedRowJson;
pub use frozen_world::World;
pub use manifest::FORMAT_VERSION;
