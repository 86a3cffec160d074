//! The media table.
