//! Objects and targets.

use std::sync::Arc;

use aws_stand_in::Meanwhile;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::{
    AccountId, Caption, ChunkPlan, Content, Disclosure, FileKind, Interactions, MediaId, MediaTransfer, PostId,
    PostMode, PrivacyLevel, PublishId, Sealed, TargetState, TenantId, VideoSettings,
};
use slipway_store::Epoch;
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{
    Change, Commit, MediaRef, PostRecord, SharedWrite, TargetMedia, TargetRecord, TargetWrite, due_at,
};
use slipway_vault::Context;
use uuid::Uuid;

use crate::Bench;

impl Bench {
    /// A verified video in the bucket, of these bytes.
    pub async fn video(&self, bytes: Vec<u8>) -> MediaRef {
        let id = MediaId::from_uuid(Uuid::now_v7());
        let s3_key = format!("media/{}/{id}", self.tenant);
        let size_bytes = bytes.len() as u64;
        let etag = self.put_object(&s3_key, bytes).await;
        MediaRef { id, s3_key, etag, size_bytes, kind: FileKind::Mp4, warnings: Vec::new() }
    }

    /// A verified video of this size that is nowhere: for steps that read no byte of it.
    pub fn absent_video(&self, size_bytes: u64) -> MediaRef {
        let id = MediaId::from_uuid(Uuid::now_v7());
        let s3_key = format!("media/{}/{id}", self.tenant);
        MediaRef { id, s3_key, etag: "absent".to_owned(), size_bytes, kind: FileKind::Mp4, warnings: Vec::new() }
    }

    /// Puts an object into the bucket, or replaces it; answers its `ETag`.
    pub async fn put_object(&self, key: &str, bytes: Vec<u8>) -> String {
        let put = self.owner.bucket.object(key).put().body(bytes.into()).send().await;
        put.expect("the object is put").e_tag.expect("it has an ETag")
    }

    /// A target of a new post, made of this media, queued.
    pub async fn queued(&self, account: &AccountRecord, media: &MediaRef) -> TargetRecord {
        self.target(account, media, TargetState::Queued { attempt: 0 }).await
    }

    /// A target of a new post in this state, with the due time that the state asks for.
    pub async fn target(&self, account: &AccountRecord, media: &MediaRef, state: TargetState) -> TargetRecord {
        self.target_with(account, media, state, private_video()).await
    }

    /// A target of a new post in this state that is published with these settings.
    pub async fn target_with(
        &self,
        account: &AccountRecord,
        media: &MediaRef,
        state: TargetState,
        settings: VideoSettings,
    ) -> TargetRecord {
        self.made(&self.tenant, account, media, state, settings).await
    }

    /// A target of a new post of another tenant in this state, as if the account were its own.
    pub async fn target_of(
        &self,
        tenant: &TenantId,
        account: &AccountRecord,
        media: &MediaRef,
        state: TargetState,
    ) -> TargetRecord {
        self.made(tenant, account, media, state, private_video()).await
    }

    async fn made(
        &self,
        tenant: &TenantId,
        account: &AccountRecord,
        media: &MediaRef,
        state: TargetState,
        settings: VideoSettings,
    ) -> TargetRecord {
        let now = Timestamp::now();
        let post = new_post(tenant, PostId::from_uuid(Uuid::now_v7()), &media.id, now);
        let target = new_target(&post, &account.id, TargetMedia::Verified(media.clone()), state, settings);
        // On the heap: the compiler follows what awaits what only so far.
        Box::pin(self.keep(post, target, now)).await
    }

    /// The target as it is now.
    pub async fn now(&self, target: &TargetRecord) -> TargetRecord {
        let found = self.owner.posts.target(&target.post, &target.account).await;
        found.expect("the table answers").expect("the target is there")
    }

    /// Writes a change as somebody else would, on the version that stands there now.
    pub async fn write(&self, target: &TargetRecord, change: Change) -> TargetRecord {
        let read = self.now(target).await;
        self.owner.posts.change(&read, change).await.expect("the table answers").done().expect("nobody else writes")
    }

    /// Right before each of the next `times` calls of this operation, such as `DynamoDB.UpdateItem`, somebody else
    /// writes this change to the target, on the version that stands there then.
    pub fn write_before_next(&self, operation: &str, times: u32, target: &TargetRecord, change: Change) {
        let (posts, target) = (self.owner.posts.clone(), target.clone());
        let work: Meanwhile = Arc::new(move || {
            let (posts, target, change) = (posts.clone(), target.clone(), change.clone());
            Box::pin(async move {
                let read = posts.target(&target.post, &target.account).await.expect("the table answers");
                let written = posts.change(&read.expect("the target is there"), change).await;
                written.expect("the table answers").done().expect("nobody writes in between");
            })
        });
        self.deployment.aws().before_next(operation, times, work);
    }

    /// A target whose upload has begun at TikTok: init was called, and nothing was sent yet. `expires_in` is how long
    /// the upload URL lives still, by our own record; negative if its time is over.
    pub async fn uploading(
        &self,
        account: &AccountRecord,
        media: &MediaRef,
        expires_in: SignedDuration,
    ) -> TargetRecord {
        let target = self.queued(account, media).await;
        let plan = ChunkPlan::for_size(media.size_bytes).expect("a size that TikTok takes");
        let init = self.opened(account, video_settings(&target), media.size_bytes).await;
        let url = self.sealed(&target, init.upload_url.expose()).await;
        let now = Timestamp::now();
        let state = TargetState::Uploading {
            attempt: 1,
            publish_id: init.publish_id,
            upload_url: url,
            expires_at: now + expires_in,
            plan,
            sent: 0,
            last_chunk_unsent: false,
        };
        self.write(&target, Change::to(state, now)).await
    }

    /// A target whose bytes are all at TikTok, as far as our record says, since then.
    pub async fn processing(
        &self,
        account: &AccountRecord,
        media: &MediaRef,
        publish_id: PublishId,
        since: Timestamp,
    ) -> TargetRecord {
        self.target(account, media, TargetState::Processing { publish_id, since, pull: None }).await
    }

    pub(crate) async fn sealed(&self, target: &TargetRecord, url: &str) -> Sealed {
        let context = Context::of_upload_url(&target.tenant, &target.account);
        let sealed = self.owner.vault.seal(&context, &url.to_owned().into()).await;
        sealed.expect("it is sealed")
    }

    /// Makes a post.
    pub async fn create(&self, new: &Commit, now: Timestamp) {
        let made = self.owner.posts.commit(new, &self.owner.media, now).await;
        assert!(made.expect("the table answers").is_done());
    }

    async fn keep(&self, post: PostRecord, target: TargetRecord, now: Timestamp) -> TargetRecord {
        self.create(&creation(post, vec![target.clone()]), now).await;
        // A publish id is indexed by the write that brings it in.
        match target.state.publish_id() {
            Some(_) => {
                let due_at = target.due_at.and_then(Epoch::moment);
                let mut change = Change::to(target.state.clone(), now);
                change.due_at = due_at;
                let written = self.owner.posts.change(&target, change).await;
                written.expect("the table answers").done().expect("nobody else writes")
            }
            None => target,
        }
    }
}

/// A post of this media that was made now.
pub fn new_post(tenant: &TenantId, id: PostId, media: &MediaId, now: Timestamp) -> PostRecord {
    PostRecord {
        id,
        tenant: tenant.clone(),
        text: "A post".to_owned().into(),
        title: None,
        media_ids: vec![media.clone()],
        created_at: now,
        scheduled_at: None,
        warnings: Vec::new(),
        retry_count: 0,
        hidden: false,
        request_guard: None,
        accepted: false,
        revision: 0,
    }
}

/// What makes this post with these targets, of media that nobody asks for.
pub fn creation(post: PostRecord, targets: Vec<TargetRecord>) -> Commit {
    let (id, targets) = (post.id.clone(), targets.into_iter().map(TargetWrite::New).collect());
    Commit { shared: SharedWrite::New(post), targets, ..Commit::of(id) }
}

/// A target of this new post in this state, with the due time that the state asks for.
pub fn new_target(
    post: &PostRecord,
    account: &AccountId,
    media: TargetMedia,
    state: TargetState,
    settings: VideoSettings,
) -> TargetRecord {
    let now = post.created_at;
    TargetRecord {
        tenant: post.tenant.clone(),
        post: post.id.clone(),
        account: account.clone(),
        brand: None,
        version: 1,
        due_at: due_at(&state, now).map(Into::into),
        state,
        content: Content::Video { settings, media },
        username: None,
        accepted_at: now,
        give_up_at: now + SignedDuration::from_hours(24),
        updated_at: now,
        place: None,
        claimed_until: None,
        requeues: 0,
        tiktok_status: None,
        guarded_by: None,
        former: Vec::new(),
        timeline: Vec::new(),
        has_siblings: false,
    }
}

/// What the creator chose for the video of this target.
pub(crate) fn video_settings(target: &TargetRecord) -> &VideoSettings {
    let settings = match &target.content {
        Content::Video { settings, .. } => Some(settings),
        Content::Photos { .. } => None,
    };
    settings.expect("a target of a video")
}

/// A direct post that only its creator may see, without anything that can be left out.
pub fn private_video() -> VideoSettings {
    VideoSettings {
        post_mode: PostMode::Direct,
        caption: Caption::default(),
        privacy_level: Some(PrivacyLevel::SelfOnly),
        disclosure: Disclosure::default(),
        interactions: Interactions::default(),
        is_aigc: false,
        video_cover_timestamp_ms: None,
        transfer: MediaTransfer::Upload,
    }
}
