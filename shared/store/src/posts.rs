//! The posts table.
