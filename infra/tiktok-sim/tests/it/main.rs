//! Drives the simulated TikTok over HTTP, rule by rule.

#[cfg(test)]
mod caps;
#[cfg(test)]
mod control;
#[cfg(test)]
mod display;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod inits;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod photos;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod support;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod webhooks;
