//! What must never be in a log.

use tiktok_sim::Simulator;

/// Every secret that TikTok knows, with a name for the reader of a failure: each token it ever handed out, dead ones
/// included, and the app's own.
pub(crate) fn secrets_of(tiktok: &Simulator) -> Vec<(&'static str, String)> {
    let mut secrets = vec![("the client secret", tiktok.client_secret().expose().to_owned())];
    for grant in tiktok.ledger().grants {
        secrets.extend(grant.access_tokens.into_iter().map(|token| ("an access token", token.token)));
        secrets.extend(grant.spent_refresh_tokens.into_iter().map(|token| ("a spent refresh token", token)));
        secrets.push(("a refresh token", grant.refresh_token));
    }
    secrets
}

/// Names the secrets that a log shows, without showing them again. What only secret URLs have in them counts, too.
pub(crate) fn leaks(log: &str, secrets: &[(&'static str, String)]) -> Vec<&'static str> {
    let marks = [("an upload URL", "upload_token="), ("a presigned URL", "X-Amz-Signature=")];
    let secrets = secrets.iter().map(|(name, secret)| (*name, secret.as_str())).chain(marks);
    secrets.filter(|(_, secret)| log.contains(secret)).map(|(name, _)| name).collect()
}

#[test]
fn a_leak_is_seen_and_named() {
    let secrets = [("a token", "act.secret".to_owned()), ("a key", "other".to_owned())];
    assert_eq!(leaks("sent act.secret to x?upload_token=1", &secrets), ["a token", "an upload URL"]);
    assert!(leaks("sent act.*** to x", &secrets).is_empty());
}
