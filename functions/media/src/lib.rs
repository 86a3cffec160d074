//! The media routes of the API.
