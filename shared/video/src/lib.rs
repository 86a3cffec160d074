//! Reads a media file's container headers from a few ranged reads.
