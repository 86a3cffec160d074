//! Media that is to be fetched, and posts that wait for it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use slipway_domain::{MediaId, PostId, Reach, TenantId};
use slipway_store::Write;
use slipway_store::accounts::AccountRecord;
use slipway_store::media::{Import, MediaRecord, SourceUrl};
use slipway_store::posts::{AwaitedMedia, Commit, PostRecord, TargetMedia, TargetRecord};
use uuid::Uuid;

use crate::{Bench, creation};

impl Bench {
    /// Media that is to be fetched from this address, by nobody yet.
    pub async fn to_import(&self, url: &str) -> MediaRecord {
        self.to_import_of(&self.tenant, url).await
    }

    /// The same for another tenant.
    pub async fn to_import_of(&self, tenant: &TenantId, url: &str) -> MediaRecord {
        let import = Import::from_url(SourceUrl::new(url.to_owned()));
        let record = MediaRecord { tenant: tenant.clone(), ..self.new_import(import) };
        assert_eq!(self.owner.media.put(&record).await.expect("the table answers"), Write::Done(()));
        record
    }

    /// Media whose import stands like this.
    pub async fn importing(&self, import: Import) -> MediaRecord {
        let record = self.new_import(import);
        assert_eq!(self.owner.media.put(&record).await.expect("the table answers"), Write::Done(()));
        record
    }

    /// Media whose import stands like this, and the target of a post that waits for it.
    pub async fn awaited(&self, account: &AccountRecord, import: Import) -> (MediaRecord, TargetRecord) {
        let record = self.new_import(import);
        let like = self.queued(account, &self.video(vec![0]).await).await;
        let now = Timestamp::now();
        let post = PostRecord {
            id: PostId::from_uuid(Uuid::now_v7()),
            tenant: self.tenant.clone(),
            text: "A post that waits".to_owned().into(),
            title: None,
            media_ids: vec![record.id.clone()],
            created_at: now,
            scheduled_at: None,
            warnings: Vec::new(),
            retry_count: 0,
            hidden: false,
            request_guard: None,
            accepted: false,
            revision: 0,
        };
        let awaited = AwaitedMedia { awaited: record.id.clone(), max_duration_sec: None };
        let mut target = TargetRecord { post: post.id.clone(), ..like };
        target.content.media_mut()[0] = TargetMedia::Awaited(awaited);
        let posts = BTreeSet::from([post.id.clone()]);
        let new = Commit { imports: vec![record.clone()], ..creation(post, vec![target.clone()]) };
        self.create(&new, now).await;
        (MediaRecord { posts, ..record }, target)
    }

    /// The media as it is now.
    pub async fn media_now(&self, record: &MediaRecord) -> MediaRecord {
        let found = self.owner.media.get(&Reach::whole(&record.tenant), &record.id).await;
        found.expect("the table answers").expect("the media is there")
    }

    fn new_import(&self, import: Import) -> MediaRecord {
        let (id, now) = (MediaId::from_uuid(Uuid::now_v7()), Timestamp::now());
        let record = MediaRecord::new(self.tenant.clone(), id, "video.mp4".to_owned(), "video/mp4".to_owned(), now);
        record.imported_from(import, now)
    }
}
