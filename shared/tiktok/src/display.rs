//! The Display API: a creator's public videos.

use serde::{Deserialize, Serialize};
use slipway_domain::limits::VIDEOS_PER_PAGE;
use slipway_domain::{Hidden, VideoId};

use crate::answer::Answer;
use crate::paths::{VIDEO_LIST, VIDEO_QUERY};
use crate::{AccessToken, Client, Error, lenient};

const FIELDS: &str = "id,create_time,cover_image_url,share_url,video_description,duration,height,width,title,embed_link,\
                      like_count,comment_count,share_count,view_count";

/// A public video.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Video {
    /// TikTok's id of it, as text.
    #[serde(default, deserialize_with = "lenient::id")]
    pub id: Option<VideoId>,
    /// When it was posted, in seconds since 1970.
    #[serde(default)]
    pub create_time: Option<i64>,
    /// The cover; the URL lives for 6 hours.
    #[serde(default, deserialize_with = "lenient::text")]
    pub cover_image_url: Option<String>,
    /// A link to share.
    #[serde(default, deserialize_with = "lenient::text")]
    pub share_url: Option<String>,
    /// The caption.
    #[serde(default, deserialize_with = "lenient::text")]
    pub video_description: Option<Hidden<String>>,
    /// How long it is, in seconds.
    #[serde(default, deserialize_with = "lenient::count")]
    pub duration: Option<u64>,
    /// Pixels.
    #[serde(default, deserialize_with = "lenient::count")]
    pub height: Option<u64>,
    /// Pixels.
    #[serde(default, deserialize_with = "lenient::count")]
    pub width: Option<u64>,
    /// Its title.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<Hidden<String>>,
    /// A link to embed.
    #[serde(default, deserialize_with = "lenient::text")]
    pub embed_link: Option<String>,
    /// Likes.
    #[serde(default, deserialize_with = "lenient::count")]
    pub like_count: Option<u64>,
    /// Comments.
    #[serde(default, deserialize_with = "lenient::count")]
    pub comment_count: Option<u64>,
    /// Shares.
    #[serde(default, deserialize_with = "lenient::count")]
    pub share_count: Option<u64>,
    /// Views.
    #[serde(default, deserialize_with = "lenient::count")]
    pub view_count: Option<u64>,
}

/// A page of videos, newest first. It may hold fewer than asked for while more follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoPage {
    /// The videos.
    pub videos: Vec<Video>,
    /// Where the next page starts; nothing at the end.
    pub next_cursor: Option<i64>,
}

impl Client {
    /// The creator's public videos, from a page's `next_cursor` on or from the newest. Needs `video.list`.
    /// At most [`VIDEOS_PER_PAGE`]; larger and smaller numbers are brought into range.
    pub async fn video_list(
        &self,
        token: &AccessToken,
        cursor: Option<i64>,
        max_count: u8,
    ) -> Result<VideoPage, Error> {
        let body = Body { cursor, max_count: max_count.clamp(1, VIDEOS_PER_PAGE) };
        let request = self.post_json_fields(VIDEO_LIST, FIELDS, token, &body);
        self.call::<Data>(VIDEO_LIST, request, Answer::data).await.map(VideoPage::from)
    }
}

impl Client {
    /// Those of the creator's public videos that have these ids, at most [`VIDEOS_PER_PAGE`]; the others are left
    /// out. Needs `video.list`.
    pub async fn video_query(&self, token: &AccessToken, ids: &[VideoId]) -> Result<Vec<Video>, Error> {
        let ids = &ids[..ids.len().min(usize::from(VIDEOS_PER_PAGE))];
        let request = self.post_json_fields(VIDEO_QUERY, FIELDS, token, &Query { filters: Filters { video_ids: ids } });
        self.call::<Data>(VIDEO_QUERY, request, Answer::data).await.map(|data| data.videos.unwrap_or_default())
    }
}

#[derive(Serialize)]
struct Query<'a> {
    filters: Filters<'a>,
}

#[derive(Serialize)]
struct Filters<'a> {
    video_ids: &'a [VideoId],
}

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<i64>,
    max_count: u8,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    videos: Option<Vec<Video>>,
    #[serde(default)]
    cursor: Option<i64>,
    #[serde(default)]
    has_more: Option<bool>,
}

impl From<Data> for VideoPage {
    fn from(data: Data) -> Self {
        let next_cursor = if data.has_more == Some(true) { data.cursor } else { None };
        Self { videos: data.videos.unwrap_or_default(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;

    fn read(data: &str) -> VideoPage {
        let body = format!(r#"{{"data":{data},"error":{{"code":"ok"}}}}"#);
        answer(200, &body)
            .data::<Data>()
            .map(|success| success.value.into())
            .map_err(|error| error.to_string())
            .unwrap()
    }

    #[test]
    fn paging_goes_on_while_tiktok_says_so() {
        let page =
            read(r#"{"videos":[{"id":"7678907398077074696","view_count":3}],"cursor":1643332803000,"has_more":true}"#);
        assert_eq!(page.next_cursor, Some(1_643_332_803_000));
        let video = &page.videos[0];
        assert_eq!((&video.id, video.view_count), (&Some(VideoId::new("7678907398077074696")), Some(3)));
        assert_eq!(read(r#"{"videos":[],"cursor":1643332803000,"has_more":false}"#).next_cursor, None);
        assert_eq!(read("{}"), VideoPage { videos: vec![], next_cursor: None });
    }

    #[test]
    fn the_first_page_is_asked_for_without_a_cursor() {
        let body = |cursor| serde_json::to_string(&Body { cursor, max_count: 20 }).unwrap();
        assert_eq!(body(None), r#"{"max_count":20}"#);
        assert_eq!(body(Some(5)), r#"{"cursor":5,"max_count":20}"#);
        assert!(!FIELDS.contains(' '), "{FIELDS}");
    }
}
