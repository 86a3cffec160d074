//! The local stack's engine with a real Lambda process behind it: `examples/probe.rs`.

#[cfg(test)]
mod gateway;
#[cfg(test)]
mod lambda;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod program;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod support;
