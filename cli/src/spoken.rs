//! The API's words in this program's: its commands, flags and values instead of routes, fields and levels.

/// What the API says, and what a person at a terminal does.
const WORDS: [(&str, &str); 33] = [
    ("the id that POST /v1/posts answered with", "the id that slipway publish printed"),
    ("Send `Authorization: Bearer <your API key>`", "Set SLIPWAY_API_KEY"),
    ("send skip_duplicate_check: true", "add --again"),
    ("POST /v1/accounts/connect", "slipway connect"),
    ("GET /v1/accounts", "slipway accounts"),
    ("GET /v1/keys", "slipway keys list"),
    ("GET /v1/brands", "slipway brands list"),
    ("GET /v1/events", "slipway events"),
    ("GET /v1/usage", "slipway usage"),
    ("GET /v1/test/outcomes", "slipway test outcomes"),
    ("GET /v1/webhooks", "slipway webhooks list"),
    ("DELETE /v1/keys/{id}", "slipway keys revoke ID"),
    ("DELETE /v1/brands/{id}", "slipway brands delete ID"),
    ("DELETE /v1/webhooks/{id}", "slipway webhooks delete ID"),
    ("DELETE /v1/media/{id}", "slipway delete ID"),
    ("GET /v1/posts/{id}/timeline", "slipway posts timeline ID"),
    ("POST /v1/posts/{id}/resolve", "slipway posts resolve ID"),
    ("POST /v1/posts/{id}/retry", "slipway posts retry ID"),
    ("POST /v1/posts/{id}/cancel", "slipway cancel ID"),
    ("GET /v1/posts/{id}", "slipway status ID"),
    ("POST /v1/posts/validate", "slipway validate"),
    ("POST /v1/media/upload-url", "slipway upload"),
    ("PUBLIC_TO_EVERYONE", "public"),
    ("MUTUAL_FOLLOW_FRIENDS", "friends"),
    ("FOLLOWER_OF_CREATOR", "followers"),
    ("SELF_ONLY", "private"),
    ("privacy_level", "--privacy"),
    ("brand_content_toggle", "--branded"),
    ("brand_organic_toggle", "--own-brand"),
    ("disable_comment: false", "--allow-comments"),
    ("disable_duet: false", "--allow-duets"),
    ("disable_stitch: false", "--allow-stitches"),
    ("scheduled_at", "--at"),
];

/// A sentence of the API's for a person at a terminal. A route that has no command is left as it is.
pub(crate) fn spoken(text: &str) -> String {
    let mut spoken = text.to_owned();
    for (word, ours) in WORDS {
        spoken = replaced(&spoken, word, ours);
    }
    spoken
}

/// Replaces a word where it stands alone: `GET /v1/keys` is not in `GET /v1/keys/scopes`.
fn replaced(text: &str, word: &str, ours: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        made.push_str(before);
        let goes_on = after.starts_with(['/', '_', '-', '?']) || after.starts_with(char::is_alphanumeric);
        made.push_str(if goes_on { word } else { ours });
        rest = after;
    }
    made + rest
}

/// What a field of the API is called on the command line; a field that has no flag is called as the API calls it.
pub(crate) fn flag(field: &str) -> &str {
    let last = field.rsplit('.').next().unwrap_or(field);
    match last.split('[').next().unwrap_or(last) {
        "text" => "--caption",
        "scheduled_at" => "--at",
        "account_id" => "--account",
        "privacy_level" => "--privacy",
        "post_mode" => "--draft-to-inbox",
        "brand_content_toggle" => "--branded",
        "brand_organic_toggle" => "--own-brand",
        "is_aigc" => "--ai-generated",
        "disable_comment" => "--allow-comments",
        "disable_duet" => "--allow-duets",
        "disable_stitch" => "--allow-stitches",
        "title" => "--title",
        "photo_cover_index" => "--cover",
        "auto_add_music" => "--music",
        "skip_duplicate_check" => "--again",
        "status" => "--status",
        "category" => "--category",
        "media_ids" => "file",
        _ => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_fields_and_levels_are_told_in_the_programs_words() {
        for (said, told) in [
            (
                "There is no such API key. GET /v1/keys lists those there are.",
                "There is no such API key. slipway keys list lists those there are.",
            ),
            ("see GET /v1/keys/scopes", "see GET /v1/keys/scopes"),
            (
                "branded content can't be SELF_ONLY; change privacy_level",
                "branded content can't be private; change --privacy",
            ),
            ("POST /v1/accounts/connect", "slipway connect"),
            ("Nothing of ours", "Nothing of ours"),
            ("privacy_level_options", "privacy_level_options"),
            ("SELF_ONLY, SELF_ONLY", "private, private"),
            ("No key. Send `Authorization: Bearer <your API key>`.", "No key. Set SLIPWAY_API_KEY."),
        ] {
            assert_eq!(spoken(said), told);
        }
    }
}
