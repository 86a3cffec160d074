//! The sweep worker.
