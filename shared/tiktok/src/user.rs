//! User info: who a creator is.

use serde::Deserialize;
use slipway_domain::{Hidden, OpenId};

use crate::answer::Answer;
use crate::paths::USER_INFO;
use crate::{AccessToken, Client, Error, Scope, Scopes, lenient};

/// A creator's profile. Only what the grant allows is there; live answers leave out or empty the rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// The creator, within this app.
    pub open_id: OpenId,
    /// The creator, over all apps of one developer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub union_id: Option<String>,
    /// The name that people see.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// The picture; the URL is signed and lives for a short time.
    #[serde(default, deserialize_with = "lenient::text")]
    pub avatar_url: Option<String>,
    /// The large picture; the URL is signed and lives for a short time.
    #[serde(default, deserialize_with = "lenient::text")]
    pub avatar_large_url: Option<String>,
    /// The unique handle, without `@`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub username: Option<String>,
    /// What the creator says about themselves.
    #[serde(default, deserialize_with = "lenient::text")]
    pub bio_description: Option<Hidden<String>>,
    /// A link to the profile.
    #[serde(default, deserialize_with = "lenient::text")]
    pub profile_deep_link: Option<String>,
    /// Whether TikTok has verified the account.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_verified: Option<bool>,
    /// Followers.
    #[serde(default, deserialize_with = "lenient::count")]
    pub follower_count: Option<u64>,
    /// Accounts that the creator follows.
    #[serde(default, deserialize_with = "lenient::count")]
    pub following_count: Option<u64>,
    /// Likes over all videos.
    #[serde(default, deserialize_with = "lenient::count")]
    pub likes_count: Option<u64>,
    /// Public videos.
    #[serde(default, deserialize_with = "lenient::count")]
    pub video_count: Option<u64>,
}

impl Client {
    /// Asks who the creator is, for the fields that the granted scopes allow: one field too many and TikTok
    /// refuses the whole call.
    pub async fn user_info(&self, token: &AccessToken, scopes: &Scopes) -> Result<UserInfo, Error> {
        let request = self.get_fields(USER_INFO, &fields(scopes), token);
        self.call::<Data>(USER_INFO, request, Answer::data).await.map(|data| data.user)
    }
}

#[derive(Deserialize)]
struct Data {
    user: UserInfo,
}

fn fields(scopes: &Scopes) -> String {
    let mut fields = vec!["open_id"];
    if scopes.contains(&Scope::UserInfoBasic) {
        fields.extend(["union_id", "display_name", "avatar_url", "avatar_large_url"]);
    }
    if scopes.contains(&Scope::UserInfoProfile) {
        fields.extend(["username", "bio_description", "profile_deep_link", "is_verified"]);
    }
    if scopes.contains(&Scope::UserInfoStats) {
        fields.extend(["follower_count", "following_count", "likes_count", "video_count"]);
    }
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    #[test]
    fn only_what_was_granted_is_asked_for() {
        for (scopes, expected) in [
            ("", "open_id"),
            ("user.info.basic,video.publish", "open_id,union_id,display_name,avatar_url,avatar_large_url"),
            ("user.info.stats", "open_id,follower_count,following_count,likes_count,video_count"),
        ] {
            assert_eq!(fields(&Scopes::parse(scopes)), expected);
        }
    }

    #[test]
    fn fields_may_be_absent_empty_or_odd() {
        let body = r#"{"data":{"user":{"open_id":"a-b-c","display_name":"","username":"me","is_verified":null,
            "follower_count":12,"likes_count":"7","video_count":-1}},"error":{"code":"ok"}}"#;
        let user = answer(200, body)
            .data::<Data>()
            .map(|success| success.value.user)
            .map_err(|error| error.to_string())
            .unwrap();
        assert_eq!(user.open_id.as_str(), "a-b-c", "dashes belong to it");
        assert_eq!((user.display_name, user.username.as_deref()), (None, Some("me")));
        assert_eq!((user.follower_count, user.likes_count, user.video_count), (Some(12), Some(7), None));
    }
}
