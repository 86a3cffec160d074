//! Verifies media by its content.
