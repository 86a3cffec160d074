//! What crosses a border: requests, views, error codes, queue messages.
