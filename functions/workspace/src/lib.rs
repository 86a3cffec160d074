//! The workspace routes of the API.
