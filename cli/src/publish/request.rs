//! The request for a post.

use serde_json::{Value as Json, json};

use crate::accounts::Account;
use crate::args::Wanted;
use crate::id::MediaId;

/// The request, in the API's newer dialect. The same wishes give the same text.
pub(super) fn body(wanted: &Wanted, account: &Account, media: &[MediaId]) -> Json {
    let mut tiktok = json!({
        "post_mode": if wanted.draft_to_inbox { "inbox" } else { "direct" },
        "brand_content_toggle": wanted.branded,
        "brand_organic_toggle": wanted.own_brand,
        "is_aigc": wanted.ai_generated,
        "disable_comment": !wanted.allow_comments,
    });
    if wanted.is_of_photos() {
        tiktok["media_type"] = json!("photo");
        tiktok["auto_add_music"] = json!(wanted.music);
        // The API counts from 0, people from 1.
        tiktok["photo_cover_index"] = json!(wanted.cover.map_or(0, |number| number.saturating_sub(1)));
    } else {
        tiktok["disable_duet"] = json!(!wanted.allow_duets);
        tiktok["disable_stitch"] = json!(!wanted.allow_stitches);
    }
    if let Some(privacy) = wanted.privacy {
        tiktok["privacy_level"] = json!(privacy.level());
    }
    let mut body = json!({
        "text": wanted.caption,
        "media_ids": media,
        "targets": [{"account_id": account.id}],
        "platform_data": {"tiktok": tiktok},
    });
    if let Some(title) = &wanted.title {
        body["title"] = json!(title);
    }
    match wanted.at {
        Some(at) => body["scheduled_at"] = json!(at),
        // Without either it is a draft.
        None if wanted.draft => {}
        None => body["publish_now"] = json!(true),
    }
    if wanted.again {
        body["skip_duplicate_check"] = json!(true);
    }
    body
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command, What};

    fn body_of(flags: &str) -> Json {
        let line = ["slipway", "publish", "med_1", "--caption", "Hi"].into_iter().chain(flags.split_whitespace());
        let Command::Publish(wanted) = Args::parse_from(line).command else { panic!("not publish") };
        let account = json!({"id": "acc_1", "username": "anna", "status": "active"});
        body(&wanted.wanted, &serde_json::from_value(account).unwrap(), &["med_1".parse().unwrap()])
    }

    #[test]
    fn what_is_not_asked_for_is_off() {
        assert_eq!(
            body_of("--privacy private"),
            json!({
                "text": "Hi", "media_ids": ["med_1"], "targets": [{"account_id": "acc_1"}], "publish_now": true,
                "platform_data": {"tiktok": {
                    "privacy_level": "SELF_ONLY", "post_mode": "direct", "is_aigc": false,
                    "brand_content_toggle": false, "brand_organic_toggle": false,
                    "disable_comment": true, "disable_duet": true, "disable_stitch": true,
                }},
            })
        );
    }

    #[test]
    fn what_is_asked_for_is_said() {
        let body = body_of(
            "--draft-to-inbox --branded --own-brand --ai-generated --allow-comments --allow-duets --allow-stitches \
             --at 2026-12-24T19:00:00+01:00 --again",
        );
        let tiktok = &body["platform_data"]["tiktok"];
        assert_eq!(tiktok["post_mode"], "inbox");
        assert!(tiktok.get("privacy_level").is_none() && body.get("publish_now").is_none());
        for (name, value) in [
            ("brand_content_toggle", true),
            ("brand_organic_toggle", true),
            ("is_aigc", true),
            ("disable_comment", false),
            ("disable_duet", false),
            ("disable_stitch", false),
        ] {
            assert_eq!(tiktok[name], value, "{name}");
        }
        assert_eq!(body["scheduled_at"], "2026-12-24T18:00:00Z");
        assert_eq!(body["skip_duplicate_check"], true);
        let draft = body_of("--privacy private --draft");
        assert!(draft.get("publish_now").is_none() && draft.get("scheduled_at").is_none());
    }

    #[test]
    fn photos_have_their_own_settings_and_no_duets() {
        let line =
            "slipway publish --photo med_1 --photo 2.jpg --caption Hi --privacy private --title T --cover 2 --music";
        let Command::Publish(publish) = Args::parse_from(line.split_whitespace()).command else {
            panic!("not publish")
        };
        assert_eq!(publish.wanted.media(), [What::Media("med_1".parse().unwrap()), What::File("2.jpg".into())]);
        let account = json!({"id": "acc_1", "username": "anna", "status": "active"});
        let media = ["med_1".parse().unwrap(), "med_2".parse().unwrap()];
        let body = body(&publish.wanted, &serde_json::from_value(account).unwrap(), &media);
        assert_eq!((&body["media_ids"], &body["title"]), (&json!(["med_1", "med_2"]), &json!("T")));
        let tiktok = &body["platform_data"]["tiktok"];
        let said = [&tiktok["media_type"], &tiktok["photo_cover_index"], &tiktok["auto_add_music"]];
        assert_eq!(said, [&json!("photo"), &json!(1), &json!(true)]);
        assert!(tiktok.get("disable_duet").is_none() && tiktok.get("disable_stitch").is_none());
    }

    #[test]
    fn what_can_not_be_meant_is_told_before_anything_is_asked() {
        for (line, mistake) in [
            ("--photo 1.jpg --cover 1", None),
            ("--photo 1.jpg --photo 2.webp --cover 2", None),
            ("--photo 1.jpg --cover 3", Some("--cover 3: there is one photo, counted from 1")),
            ("photo.JPG", Some("photo.JPG is a photo; give it as --photo photo.JPG")),
            ("--photo 1.jpg --photo film.mp4", Some("film.mp4 is no photo; give a video without --photo")),
            ("film.mp4", None),
            ("med_1", None),
        ] {
            let words = ["slipway", "publish", "--caption", "Hi"].into_iter().chain(line.split_whitespace());
            let Command::Publish(publish) = Args::parse_from(words).command else { panic!("not publish") };
            assert_eq!(publish.wanted.mistake().as_deref(), mistake, "{line}");
        }
    }

    #[test]
    fn the_same_wishes_are_the_same_text() {
        let flags = "--privacy friends --allow-comments";
        assert_eq!(body_of(flags).to_string(), body_of(flags).to_string());
        assert_ne!(body_of(flags).to_string(), body_of("--privacy friends").to_string());
    }
}
