//! The transfer worker.
