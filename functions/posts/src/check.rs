//! Does what a request names exist, and will TikTok take it? Everything that can be known before a byte is sent.

mod account;
mod settings;
mod video;

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_contract::no_issues;
use slipway_domain::{PostMode, VideoSettings};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::accounts::AccountRecord;
use slipway_store::media::MediaRecord;
use slipway_store::posts::TargetMedia;

use crate::Service;
use crate::request::{CreatePost, When};

/// A target that TikTok will most likely take.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) account: AccountRecord,
    pub(crate) media: TargetMedia,
    /// The media as it was named, by id or address: what makes two posts the same.
    pub(crate) named: String,
    /// Where it was named, for refusals.
    pub(crate) media_field: String,
    /// The media that is to be made for it, if it was named by its address. Targets of one address share it.
    pub(crate) import: Option<MediaRecord>,
    pub(crate) settings: VideoSettings,
    pub(crate) when: When,
}

/// Checks every target; all problems come at once. Nothing is written but the media's own verdict.
pub(crate) async fn check(
    service: &Service,
    caller: &Caller,
    request: &CreatePost,
    warnings: &mut Vec<String>,
) -> Result<Vec<Checked>, ErrorResponse> {
    let mut issues = Vec::new();
    let mut accounts = Vec::new();
    for target in &request.targets {
        accounts.push(account::find(service, caller, target, &mut issues).await?);
    }
    let now = Timestamp::now();
    let mut media = BTreeMap::new();
    for target in &request.targets {
        if !media.contains_key(target.media.as_str()) {
            media.insert(target.media.as_str(), video::find(service, caller, target, now, &mut issues).await?);
        }
    }
    for target in &request.targets {
        settings::alone(target, request.dialect, &mut issues);
    }
    no_issues(std::mem::take(&mut issues))?;

    let mut checked = Vec::new();
    for (target, account) in request.targets.iter().zip(accounts) {
        let (Some(account), Some(Some(video))) = (account, media.get(target.media.as_str())) else { continue };
        let creator = match target.settings.post_mode() {
            PostMode::Direct => account::creator_info(service, &account, target, warnings, &mut issues).await?,
            PostMode::Inbox => None,
        };
        let privacy_level = settings::privacy(target, request.dialect, creator.as_ref(), warnings, &mut issues);
        video::fits(video, target, creator.as_ref(), &mut issues);
        let settings = VideoSettings {
            post_mode: target.settings.post_mode(),
            caption: target.caption.clone(),
            privacy_level,
            disclosure: target.settings.disclosure(),
            interactions: target.settings.interactions(),
            is_aigc: target.settings.is_aigc(),
            video_cover_timestamp_ms: target.settings.video_cover_timestamp_ms(),
        };
        checked.push(Checked {
            account,
            media: video.for_creator(creator.as_ref()),
            named: target.media.as_str().to_owned(),
            media_field: target.media_field.clone(),
            import: video.import().cloned(),
            settings,
            when: target.when,
        });
    }
    no_issues(issues)?;
    Ok(checked)
}

/// A public creator of whom nothing special is to be said.
#[cfg(test)]
fn creator() -> slipway_tiktok::CreatorInfo {
    use slipway_domain::PrivacyLevel;
    slipway_tiktok::CreatorInfo {
        avatar_url: None,
        username: Some("creator".to_owned()),
        nickname: Some("Creator".to_owned()),
        privacy_level_options: vec![PrivacyLevel::PublicToEveryone, PrivacyLevel::SelfOnly],
        comment_disabled: false,
        duet_disabled: false,
        stitch_disabled: false,
        max_video_duration_sec: Some(600),
    }
}
