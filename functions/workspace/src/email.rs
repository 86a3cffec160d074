//! Owners' addresses.

use slipway_domain::limits::LONGEST_EMAIL;

/// The address in lower case, if it can be one.
pub(crate) fn read(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let plausible = email.len() <= LONGEST_EMAIL
        && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    plausible.then_some(email)
}
