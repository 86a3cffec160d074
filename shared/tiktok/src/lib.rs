//! TikTok's API as a typed client: OAuth, posting, upload, status, webhook signatures.
