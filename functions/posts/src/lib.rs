//! The posts routes of the API.
