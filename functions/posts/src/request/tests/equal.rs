//! Whatever is said, both dialects mean the same by it.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use slipway_domain::PrivacyLevel;

use super::accepted;
use crate::request::{CreatePost, When};

/// What is said, in neither dialect.
#[derive(Debug, Clone)]
struct Said {
    text: Option<String>,
    title: Option<String>,
    media: Vec<(&'static str, Option<&'static str>)>,
    accounts: usize,
    /// TikTok's settings that are called the same in both.
    settings: Map<String, Value>,
    branded: bool,
    paid: bool,
    own: Option<bool>,
    publish_now: Option<bool>,
    scheduled_at: Option<&'static str>,
}

fn any_settings() -> impl Strategy<Value = Map<String, Value>> {
    let flag = || option::of(any::<bool>().prop_map(Value::from));
    let level = select(PrivacyLevel::ALL.to_vec()).prop_map(|level| Some(json!(level)));
    let mode = option::of(select(vec![json!("direct"), json!("inbox"), json!("MEDIA_UPLOAD")]));
    let kind = option::of(select(vec![json!("video"), json!("PHOTO")]));
    let number = || option::of((0..40_u8).prop_map(Value::from));
    let flags = (flag(), flag(), flag(), flag(), flag(), flag());
    (level, mode, kind, number(), number(), flags).prop_map(|(level, mode, kind, cover, second, flags)| {
        let (comment, duet, stitch, aigc, music, on) = flags;
        let named = [
            ("privacy_level", level),
            ("post_mode", mode),
            ("media_type", kind),
            ("photo_cover_index", cover),
            ("video_cover_timestamp_ms", second),
            ("disable_comment", comment),
            ("disable_duet", duet),
            ("disable_stitch", stitch),
            ("is_aigc", aigc),
            ("auto_add_music", music),
            ("_disclosure_on", on),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

fn anything() -> impl Strategy<Value = Said> {
    let media = select(vec!["med_1", "med_2", "https://example.com/a.jpg", "https://example.com/b.mp4"]);
    let media = prop::collection::vec((media, option::of(select(vec!["video", "photo", "image/jpeg"]))), 1..5);
    let words = (option::of(".{0,20}".prop_map(|text| text.replace('\0', ""))), option::of("[a-z]{1,9}"));
    let when =
        (option::of(any::<bool>()), option::of(select(vec!["2026-12-24T18:00:00Z", "2026-11-23T00:00:00+05:00"])));
    let declared = (any::<bool>(), any::<bool>(), option::of(any::<bool>()));
    (words, media, 1..4_usize, any_settings(), declared, when).prop_map(
        |((text, title), media, accounts, settings, (branded, paid, own), (publish_now, scheduled_at))| Said {
            text,
            title,
            media,
            accounts,
            settings,
            branded,
            paid,
            own,
            // Without a time the older dialect publishes at once unless it is told not to.
            publish_now: match (publish_now, scheduled_at) {
                (Some(true) | None, Some(_)) => None,
                (said, None) => Some(said == Some(true)),
                (Some(false), Some(_)) => Some(false),
            },
            scheduled_at,
        },
    )
}

impl Said {
    fn accounts(&self) -> Vec<String> {
        (0..self.accounts).map(|index| format!("acc_{index}")).collect()
    }

    fn media(&self) -> Value {
        let item = |(source, kind): &(&str, Option<&str>)| json!({"source": source, "type": kind});
        self.media.iter().map(item).collect()
    }

    /// What is the same in both dialects.
    fn words(&self) -> Map<String, Value> {
        let body = json!({
            "text": self.text, "title": self.title, "media": self.media(), "scheduled_at": self.scheduled_at,
            "publish_now": self.publish_now,
        });
        body.as_object().cloned().unwrap_or_default()
    }

    fn older(&self) -> Value {
        let mut tiktok = self.settings.clone();
        let disclosure =
            json!({"branded_content": self.branded, "paid_partnership": self.paid, "your_brand": self.own});
        tiktok.insert("disclosure".to_owned(), disclosure);
        let mut body = self.words();
        body.insert("account_ids".to_owned(), json!(self.accounts()));
        body.insert("platform_options".to_owned(), json!({"tiktok": tiktok}));
        Value::from(body)
    }

    /// In the newer dialect, where settings may stand in any of three places, and words with each target.
    fn newer(&self, place: usize, own_words: bool) -> Value {
        let mut tiktok = self.settings.clone();
        tiktok.insert("brand_content_toggle".to_owned(), json!(self.branded || self.paid));
        tiktok.extend(self.own.map(|own| ("brand_organic_toggle".to_owned(), json!(own))));
        let mut body = self.words();
        let mut target = Map::new();
        match place {
            0 => _ = body.insert("platform_data".to_owned(), json!({"tiktok": tiktok})),
            1 => _ = target.insert("platform_data".to_owned(), json!({"tiktok": tiktok})),
            _ => _ = target.insert("platform_data".to_owned(), Value::from(tiktok)),
        }
        if own_words {
            for name in ["text", "title", "media", "scheduled_at"] {
                target.extend(body.get(name).map(|value| (name.to_owned(), value.clone())));
            }
        }
        let each = self.accounts().into_iter().map(|account| {
            let mut target = target.clone();
            target.insert("account_id".to_owned(), json!(account));
            Value::from(target)
        });
        body.insert("targets".to_owned(), each.collect());
        Value::from(body)
    }
}

/// What is meant, without where it was said.
fn meant(post: &CreatePost) -> (String, Option<String>, Vec<String>) {
    let targets = post.targets.iter().map(|target| {
        let title = target.title.as_ref().map(|title| title.value.as_str());
        let media: Vec<_> = target.media.iter().map(|media| (media.source.as_str(), media.kind)).collect();
        let when: When = target.when;
        format!(
            "{:?} {:?} {title:?} {media:?} {when:?} {:?}",
            target.account,
            target.text.value.as_str(),
            target.settings.choices()
        )
    });
    (post.text.0.clone(), post.title.as_ref().map(|title| title.0.clone()), targets.collect())
}

proptest! {
    #[test]
    fn the_same_in_either_dialect_is_the_same_post(said in anything(), place in 0..3_usize, own_words in any::<bool>()) {
        let (older, newer) = (accepted(&said.older()), accepted(&said.newer(place, own_words)));
        prop_assert_eq!(meant(&older), meant(&newer));
        prop_assert_eq!(older.targets.len(), said.accounts);
    }
}
