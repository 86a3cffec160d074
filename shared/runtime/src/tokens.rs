//! Access tokens that are always fresh.
