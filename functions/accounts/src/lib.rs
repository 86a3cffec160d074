//! The accounts routes of the API.
