//! What secrets look like.

/// A secret in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is, for the reader of a failure.
    pub name: &'static str,
    /// Where it begins, in bytes.
    start: usize,
    /// Where it ends, in bytes.
    end: usize,
}

/// A beginning that gives a secret away, and what must follow.
struct Form {
    name: &'static str,
    begins: &'static str,
    /// What it is made of from there.
    of: fn(char) -> bool,
    /// How many of these it has at least.
    least: usize,
}

const FORMS: [Form; 15] = [
    // TikTok's tokens and codes hold `!` and `*`. Shorter ones are the examples in texts and pure tests.
    Form { name: "an access token", begins: "act.", of: is_token, least: 16 },
    Form { name: "a refresh token", begins: "rft.", of: is_token, least: 16 },
    Form { name: "a token or code of the simulator", begins: "!4821.e1", of: is_token, least: 0 },
    Form { name: "a bearer token", begins: "Bearer ", of: is_token, least: 20 },
    Form { name: "an authorization code", begins: "code=", of: is_code, least: 16 },
    Form { name: "a state", begins: "state=", of: is_word, least: 32 },
    Form { name: "a client secret", begins: "client_secret=", of: is_token, least: 1 },
    Form { name: "a refresh token in a form", begins: "refresh_token=", of: is_token, least: 1 },
    Form { name: "an access token in a form", begins: "&token=", of: is_token, least: 1 },
    Form { name: "an API key", begins: "slip_live_", of: is_word, least: 38 },
    Form { name: "an API key for tests", begins: "slip_test_", of: is_word, least: 38 },
    Form { name: "an endpoint's secret", begins: "whsec_", of: is_base64, least: 32 },
    Form { name: "an invite", begins: "/invite/", of: is_word, least: 32 },
    Form { name: "an upload URL", begins: "upload_token=", of: is_token, least: 1 },
    Form { name: "a presigned URL", begins: "X-Amz-Signature=", of: is_word, least: 1 },
];

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!*%._~+/=-".contains(c)
}

/// Unlike a token without the underscore, which names of errors have.
fn is_code(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!*%.-".contains(c)
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=".contains(c)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

/// Every secret in a text that shows by its form, in no particular order.
pub fn found(text: &str) -> Vec<Found> {
    let all = FORMS.iter().flat_map(|form| {
        text.match_indices(form.begins).filter_map(|(start, begins)| {
            let rest = &text[start + begins.len()..];
            let length = rest.find(|c| !(form.of)(c)).unwrap_or(rest.len());
            let end = start + begins.len() + length;
            (length >= form.least).then_some(Found { name: form.name, start, end })
        })
    });
    all.collect()
}

/// The text with dots in the place of each secret.
pub(crate) fn masked(text: &str) -> String {
    let mut secrets = found(text);
    secrets.sort_by_key(|secret| secret.start);
    let (mut shown, mut at) = (String::new(), 0);
    for secret in secrets {
        if secret.start >= at {
            shown.push_str(&text[at..secret.start]);
            shown.push('…');
        }
        at = at.max(secret.end);
    }
    shown + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "0123456789abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHIJ0123";

    #[test]
    fn secrets_are_told_by_their_forms() {
        for (name, text) in [
            ("an access token", format!("sent act.{RANDOM} to TikTok")),
            ("a refresh token", format!(r#"{{"refresh":"rft.{RANDOM}"}}"#)),
            ("a token or code of the simulator", "invalid code AbC*3!4821.e1".to_owned()),
            ("a bearer token", format!("authorization: Bearer {RANDOM}")),
            ("an authorization code", "GET /oauth/callback/tiktok?code=AbCdEfGhIjKlMnOp%2A3&scopes=a".to_owned()),
            ("a state", format!("GET /oauth/callback/tiktok?state={RANDOM}")),
            ("a client secret", "client_key=k&client_secret=s".to_owned()),
            ("a refresh token in a form", "grant_type=refresh_token&refresh_token=r".to_owned()),
            ("an access token in a form", "client_key=k&token=t".to_owned()),
            ("an API key", format!("slip_live_{RANDOM}")),
            ("an API key for tests", format!("slip_test_{RANDOM}")),
            ("an endpoint's secret", format!("signed with whsec_{RANDOM}")),
            ("an invite", format!("GET /invite/{RANDOM}")),
            ("an upload URL", "PUT https://up.example/?upload_id=1&upload_token=t".to_owned()),
            ("a presigned URL", "https://s3.example/?X-Amz-Signature=0f".to_owned()),
        ] {
            assert_eq!(found(&text).iter().map(|secret| secret.name).collect::<Vec<_>>(), [name], "{text}");
            let masked = masked(&text);
            assert!(masked.contains('…') && found(&masked).is_empty(), "{masked}");
        }
    }

    #[test]
    fn what_may_be_said_is_no_secret() {
        for text in [
            "an exact. copy of act.1 and rft.1",
            "Send `Authorization: Bearer <your API key>`.",
            r#"{"code":"access_token_invalid","state":"queued"}"#,
            "code=rate_limit_exceeded state=initialising",
            "slip_live_aBcD…wXyZ",
            "whsec_MfKQ…",
            "GET /invite/… is /v1/invites/inv_0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn several_secrets_are_all_masked() {
        let text = format!("a act.{RANDOM} b https://up.example/?upload_token=t c");
        assert_eq!(masked(&text), "a … b https://up.example/?… c");
    }
}
