//! The publish-status worker.
