//! A faithful TikTok on loopback: OAuth, posting, upload, status, webhooks, faults on demand.
