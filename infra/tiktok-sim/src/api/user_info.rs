//! `user/info`: the fields asked for, each under its scope.

use serde_json::{Map, Value, json};

use super::params;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::Moment;
use crate::ledger::Medium;
use crate::scope::Scope;
use crate::world::World;

impl World {
    pub(super) fn user_info(&mut self, call: &Call, now: Moment) -> Result<Answer, Refusal> {
        let caller = self.enter(call, &[], now)?;
        let fields = params::query_fields(call, |name| scope_of(name).is_some())?;
        let granted = |name: &&str| scope_of(name).is_some_and(|scope| caller.scopes.contains(&scope));
        if !fields.iter().any(granted) {
            return Err(Refusal::ScopeNotAuthorized);
        } else if !fields.iter().all(granted) {
            return Err(Refusal::ScopePermissionMissed);
        }
        let user: Map<String, Value> =
            fields.into_iter().map(|name| (name.to_owned(), self.user_field(&caller.open_id, name))).collect();
        Ok(Answer::ok(Some(json!({"user": user})), &mut self.ids, now))
    }

    fn user_field(&self, open_id: &str, name: &str) -> Value {
        let Some(user) = self.user(open_id) else { return Value::Null };
        match name {
            "open_id" => json!(open_id),
            "union_id" => json!(format!("union-{open_id}")),
            "avatar_url" | "avatar_url_100" | "avatar_large_url" => {
                json!(format!("{}/_sim/avatar/{open_id}.jpeg", self.base))
            }
            "display_name" => json!(user.display_name),
            "bio_description" => json!(user.bio_description),
            "profile_deep_link" => json!(format!("{}/_sim/deep-link/{}", self.base, user.username)),
            "profile_web_link" => json!(format!("https://www.tiktok.com/@{}", user.username)),
            "username" => json!(user.username),
            "is_verified" => json!(user.is_verified),
            "follower_count" => json!(user.follower_count),
            "following_count" => json!(user.following_count),
            "likes_count" => json!(user.likes_count),
            "video_count" => {
                let videos = self.publishes.iter().map(|publish| &publish.record);
                let own = videos.filter(|record| record.open_id == open_id && record.medium == Medium::Video);
                json!(own.map(|record| record.public_post_ids.len()).sum::<usize>())
            }
            _ => Value::Null,
        }
    }
}

fn scope_of(name: &str) -> Option<Scope> {
    match name {
        "open_id" | "union_id" | "avatar_url" | "avatar_url_100" | "avatar_large_url" | "display_name" => {
            Some(Scope::UserInfoBasic)
        }
        "bio_description" | "profile_deep_link" | "profile_web_link" | "username" | "is_verified" => {
            Some(Scope::UserInfoProfile)
        }
        "follower_count" | "following_count" | "likes_count" | "video_count" => Some(Scope::UserInfoStats),
        _ => None,
    }
}
