//! The rules of publishing: states, limits and value types. No IO.
