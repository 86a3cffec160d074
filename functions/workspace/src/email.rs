//! Owners' addresses.

/// The address in lower case, if it can be one.
pub(crate) fn read(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let plausible = email.len() <= 254
        && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    plausible.then_some(email)
}
