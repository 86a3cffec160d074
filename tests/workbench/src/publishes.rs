//! Publishes at TikTok, without a target of ours.

use reqwest::Body;
use slipway_domain::{ByteRange, ChunkPlan, FileKind, PublishId, VideoSettings};
use slipway_store::accounts::AccountRecord;
use slipway_tiktok::ChunkAnswer;

use crate::Bench;

impl Bench {
    /// A publish that TikTok has opened for a video of this size, and of which nothing was sent.
    pub async fn opened(&self, account: &AccountRecord, settings: &VideoSettings, size: u64) -> slipway_tiktok::Init {
        let plan = ChunkPlan::for_size(size).expect("a size that TikTok takes");
        let call = self.owner.tokens.call(account, async |token| self.client.init_video(&token, settings, &plan).await);
        call.await.expect("TikTok takes the init")
    }

    /// A publish of which TikTok has every byte. These must fit into one chunk; TikTok works on them from now on.
    pub async fn arrived(&self, account: &AccountRecord, settings: &VideoSettings, bytes: Vec<u8>) -> PublishId {
        let total = bytes.len() as u64;
        let init = self.opened(account, settings, total).await;
        let whole = ByteRange { first: 0, last: total - 1 };
        let put = self.client.put_chunk(&init.upload_url, whole, total, FileKind::Mp4, Body::from(bytes)).await;
        assert_eq!(put.expect("TikTok takes the chunk").0, ChunkAnswer::Complete);
        init.publish_id
    }
}
