//! Worlds, the five databases, sessions and their change log. Knows no tools.
