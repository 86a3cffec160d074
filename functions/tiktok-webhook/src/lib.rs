//! The tiktok-webhook worker.
