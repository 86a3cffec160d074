//! The local stack: one program that runs what template.yaml declares.
fn main() {}
