//! Photos: TikTok fetches each of them.

use serde::Serialize;
use slipway_domain::{Carousel, LogId, PhotoSettings, PostMode, PrivacyLevel, PublishId};

use super::PULL;
use crate::paths::CONTENT;
use crate::{AccessToken, Client, Error};

impl Client {
    /// Has TikTok fetch photos from these addresses and publish them. As with [`pull_video`](Self::pull_video), the call
    /// alone publishes.
    ///
    /// A direct post needs `video.publish` and a privacy level, a draft needs `video.upload`. A draft carries title and
    /// description into TikTok's editor, and TikTok drops all other settings, so none are sent.
    pub async fn pull_photos(
        &self,
        token: &AccessToken,
        settings: &PhotoSettings,
        addresses: &Carousel<String>,
    ) -> Result<(PublishId, Option<LogId>), Error> {
        let texts = [settings.title.as_str(), settings.description.as_str()];
        self.begin_pull(CONTENT, token, &body(settings, addresses)?, &texts).await
    }
}

#[derive(Serialize)]
struct Body<'a> {
    media_type: &'static str,
    post_mode: &'static str,
    post_info: PostInfo<'a>,
    source_info: SourceInfo<'a>,
    // Here, and not in `post_info` as for a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_aigc: Option<bool>,
}

#[derive(Serialize)]
struct PostInfo<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(flatten)]
    direct: Option<Direct>,
}

/// What only a direct post may say.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "TikTok's own fields")]
struct Direct {
    privacy_level: PrivacyLevel,
    disable_comment: bool,
    auto_add_music: bool,
    brand_content_toggle: bool,
    brand_organic_toggle: bool,
}

#[derive(Serialize)]
struct SourceInfo<'a> {
    source: &'static str,
    photo_images: &'a [String],
    photo_cover_index: usize,
}

fn body<'a>(settings: &'a PhotoSettings, addresses: &'a Carousel<String>) -> Result<Body<'a>, Error> {
    let (post_mode, direct) = match (settings.post_mode, settings.privacy_level) {
        (PostMode::Inbox, _) => ("MEDIA_UPLOAD", None),
        (PostMode::Direct, None) => return Err(Error::Unsendable { why: super::NEEDS_LEVEL }),
        (PostMode::Direct, Some(privacy_level)) => {
            let direct = Direct {
                privacy_level,
                disable_comment: settings.disable_comment,
                auto_add_music: settings.auto_add_music,
                brand_content_toggle: settings.disclosure.brand_content_toggle,
                brand_organic_toggle: settings.disclosure.brand_organic_toggle,
            };
            ("DIRECT_POST", Some(direct))
        }
    };
    Ok(Body {
        media_type: "PHOTO",
        post_mode,
        is_aigc: direct.is_some().then_some(settings.is_aigc),
        post_info: PostInfo { title: settings.title.as_str(), description: settings.description.as_str(), direct },
        source_info: SourceInfo {
            source: PULL,
            photo_images: addresses.images(),
            photo_cover_index: addresses.cover(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use slipway_domain::{Description, Disclosure, PhotoTitle};

    use super::*;

    fn settings(post_mode: PostMode) -> PhotoSettings {
        PhotoSettings {
            post_mode,
            title: PhotoTitle::parse("Two").unwrap(),
            description: Description::parse("Hello #world").unwrap(),
            privacy_level: Some(PrivacyLevel::SelfOnly),
            disclosure: Disclosure { brand_content_toggle: false, brand_organic_toggle: true },
            disable_comment: true,
            auto_add_music: false,
            is_aigc: true,
        }
    }

    fn sent(settings: &PhotoSettings) -> Value {
        let addresses = ["https://media.example.com/pull/a.jpeg", "https://media.example.com/pull/b.webp"];
        let addresses = Carousel::new(addresses.map(str::to_owned).to_vec(), 1).unwrap();
        serde_json::to_value(body(settings, &addresses).unwrap()).unwrap()
    }

    fn source() -> Value {
        json!({"source": "PULL_FROM_URL", "photo_cover_index": 1,
            "photo_images": ["https://media.example.com/pull/a.jpeg", "https://media.example.com/pull/b.webp"]})
    }

    #[test]
    fn photos_that_are_posted_directly_carry_every_choice() {
        assert_eq!(
            sent(&settings(PostMode::Direct)),
            json!({
                "media_type": "PHOTO", "post_mode": "DIRECT_POST", "is_aigc": true,
                "post_info": {"title": "Two", "description": "Hello #world", "privacy_level": "SELF_ONLY",
                    "disable_comment": true, "auto_add_music": false, "brand_content_toggle": false,
                    "brand_organic_toggle": true},
                "source_info": source(),
            })
        );
    }

    #[test]
    fn a_draft_of_photos_carries_its_texts_alone() {
        assert_eq!(
            sent(&settings(PostMode::Inbox)),
            json!({
                "media_type": "PHOTO", "post_mode": "MEDIA_UPLOAD",
                "post_info": {"title": "Two", "description": "Hello #world"},
                "source_info": source(),
            })
        );
        let bare = PhotoSettings {
            title: PhotoTitle::default(),
            description: Description::default(),
            ..settings(PostMode::Inbox)
        };
        assert_eq!(sent(&bare)["post_info"], json!({}), "what is empty is left out");
    }

    #[test]
    fn photos_without_a_privacy_level_are_not_posted_directly() {
        let without = PhotoSettings { privacy_level: None, ..settings(PostMode::Direct) };
        let addresses = Carousel::new(vec![String::new()], 0).unwrap();
        assert!(matches!(body(&without, &addresses), Err(Error::Unsendable { .. })));
    }
}
