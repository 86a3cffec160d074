//! Posts take media into use.

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use slipway_domain::limits::POSTS_PER_MEDIA;
use slipway_domain::{FileKind, PublishId, Reach, TargetState};
use slipway_store::Write;
use slipway_store::media::{MediaRecord, MediaUse};
use slipway_store::posts::{Change, Commit, MediaNeed, MediaRef, NotCommitted, TargetMedia, TargetRecord};
use workbench::{creation, new_post, new_target, private_video};

use super::{Table, failed, id, pending, ready};
use crate::tenant;

fn post(name: &str, media: &MediaRecord) -> Commit {
    post_to(&["acc_1"], name, media)
}

/// A post for these accounts.
fn post_to(accounts: &[&str], name: &str, media: &MediaRecord) -> Commit {
    let now = Timestamp::now();
    let etag = media.state.object().map_or("\"none\"", |object| &object.etag).to_owned();
    let of = TargetMedia::Verified(MediaRef {
        id: media.id.clone(),
        s3_key: media.s3_key.clone(),
        etag: etag.clone(),
        size_bytes: 1,
        kind: FileKind::Mp4,
        warnings: Vec::new(),
    });
    let post = new_post(&media.tenant, name.parse().unwrap(), &media.id, now);
    let target = |account: &&str| {
        let state = TargetState::Queued { attempt: 0 };
        new_target(&post, &account.parse().unwrap(), of.clone(), state, private_video())
    };
    let targets = accounts.iter().map(target).collect();
    let (tenant, media) = (media.tenant.clone(), media.id.clone());
    let usage = MediaUse { tenant, media, etag: Some(etag), starts_at: now };
    Commit { media: vec![usage], ..creation(post, targets) }
}

async fn create(table: &Table, post: &Commit) -> Write<(), NotCommitted> {
    table.posts.commit(post, &table.media, Timestamp::now()).await.unwrap().map(drop)
}

async fn targets(table: &Table, media: &MediaRecord, post: &Commit) -> Vec<TargetRecord> {
    table.posts.get(&Reach::whole(&media.tenant), &post.post).await.unwrap().unwrap().targets
}

async fn ready_media(table: &Table) -> MediaRecord {
    let record = pending("ten_1", "med_1");
    table.put(&record).await;
    table.verify(&record, ready("\"e\"")).await
}

#[tokio::test]
async fn media_knows_the_posts_that_were_made_of_it() {
    let table = Table::start().await;
    let media = ready_media(&table).await;
    for name in ["post_1", "post_2"] {
        assert_eq!(create(&table, &post(name, &media)).await, Write::Done(()));
    }
    let used = table.get(&media).await.unwrap();
    assert_eq!(used.posts, ["post_1", "post_2"].map(|post| post.parse().unwrap()).into());
    assert_eq!(used.version, media.version + 2);
    assert_eq!(table.media.mark_deleting(&media, Timestamp::now()).await.unwrap().done(), None, "it changed");
}

#[tokio::test]
async fn no_post_is_made_of_media_that_is_not_there_and_ready() {
    let table = Table::start().await;
    let media = ready_media(&table).await;
    let gone = MediaRecord { id: id("med_2"), ..media.clone() };
    let replaced = MediaRecord { state: ready("\"other\""), ..media.clone() };
    let refused = pending("ten_1", "med_3");
    table.put(&refused).await;
    let refused = table.verify(&refused, failed("\"e\"")).await;
    let elsewhere = MediaRecord { tenant: tenant("ten_2"), ..media.clone() };
    for other in [gone, replaced, refused, elsewhere] {
        assert_eq!(
            create(&table, &post("post_1", &other)).await,
            Write::Refused(NotCommitted::MediaGone(other.id.clone()))
        );
    }
    table.media.mark_deleting(&media, Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(create(&table, &post("post_1", &media)).await, Write::Refused(NotCommitted::MediaGone(media.id)));
    for tenant in ["ten_1", "ten_2"] {
        assert_eq!(
            table.posts.get(&Reach::whole(&tenant.parse().unwrap()), &"post_1".parse().unwrap()).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn of_a_post_and_a_deletion_at_the_same_moment_one_wins() {
    let table = Table::start().await;
    for round in 0..20 {
        let record = pending("ten_1", &format!("med_{round}"));
        table.put(&record).await;
        let media = table.verify(&record, ready("\"e\"")).await;
        let new = post(&format!("post_{round}"), &media);
        let (created, deleted) = join(create(&table, &new), table.media.mark_deleting(&media, Timestamp::now())).await;
        let there = table.posts.get(&Reach::whole(&media.tenant), &new.post).await.unwrap().is_some();
        match deleted.unwrap().done() {
            Some(_) => assert_eq!((created, there), (Write::Refused(NotCommitted::MediaGone(media.id.clone())), false)),
            None => assert_eq!((created, there), (Write::Done(()), true)),
        }
        assert_eq!(table.get(&media).await.is_some(), there);
    }
}

#[tokio::test]
async fn many_posts_at_once_take_the_same_media_into_use() {
    let table = Table::start().await;
    let media = ready_media(&table).await;
    let posts: Vec<_> = (0..8).map(|n| post(&format!("post_{n}"), &media)).collect();
    let created = join_all(posts.iter().map(|post| create(&table, post))).await;
    assert!(created.iter().all(|created| *created == Write::Done(())), "{created:?}");
    assert_eq!(table.get(&media).await.unwrap().posts.len(), 8);
}

#[tokio::test]
async fn media_takes_so_many_posts_and_not_one_more() {
    let table = Table::start().await;
    let posts = (0..POSTS_PER_MEDIA - 1).map(|n| format!("post_{n}").parse().unwrap()).collect();
    let record = MediaRecord { posts, state: ready("\"e\""), ..pending("ten_1", "med_1") };
    table.put(&record).await;
    assert_eq!(create(&table, &post("post_x", &record)).await, Write::Done(()));
    let full = table.get(&record).await.unwrap();
    assert_eq!(
        create(&table, &post("post_y", &record)).await,
        Write::Refused(NotCommitted::MediaFull(Box::new(full.clone())))
    );
    table.media.released(&full, &["post_7".parse().unwrap()], None, Timestamp::now()).await.unwrap().done().unwrap();
    assert_eq!(create(&table, &post("post_y", &record)).await, Write::Done(()));
}

#[tokio::test]
async fn a_post_needs_its_media_until_its_target_has_ended() {
    let table = Table::start().await;
    let media = ready_media(&table).await;
    let new = post("post_1", &media);
    assert_eq!(create(&table, &new).await, Write::Done(()));
    let need = async |tenant: &str, post: &str, media: &str| {
        let (tenant, post, media) = (tenant.parse().unwrap(), post.parse().unwrap(), media.parse().unwrap());
        table.posts.media_need(&tenant, &post, &media).await.unwrap()
    };
    assert_eq!(need("ten_1", "post_1", "med_1").await, MediaNeed::Needed);
    for (tenant, post, media) in
        [("ten_2", "post_1", "med_1"), ("ten_1", "post_2", "med_1"), ("ten_1", "post_1", "med_2")]
    {
        assert_eq!(need(tenant, post, media).await, MediaNeed::None);
    }
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    let published = TargetState::Published { publish_id: Some(PublishId::new("p1")), at, post_ids: Vec::new() };
    let [target] = targets(&table, &media, &new).await.try_into().unwrap();
    table.posts.change(&target, Change::to(published, Timestamp::now())).await.unwrap().done().unwrap();
    assert_eq!(need("ten_1", "post_1", "med_1").await, MediaNeed::FreeSince(at));
}

#[tokio::test]
async fn a_post_needs_its_media_until_the_last_of_its_targets_has_ended() {
    let table = Table::start().await;
    let media = ready_media(&table).await;
    for (name, ends) in [("post_1", [10, 20]), ("post_2", [20, 10])] {
        let new = post_to(&["acc_1", "acc_2"], name, &media);
        assert_eq!(create(&table, &new).await, Write::Done(()));
        let (tenant, post) = (&media.tenant, &new.post);
        for (target, end) in targets(&table, &media, &new).await.iter().zip(ends) {
            assert_eq!(table.posts.media_need(tenant, post, &media.id).await.unwrap(), MediaNeed::Needed, "{name}");
            let at = Timestamp::from_second(end).unwrap();
            let published = TargetState::Published { publish_id: Some(PublishId::new("p1")), at, post_ids: Vec::new() };
            table.posts.change(target, Change::to(published, Timestamp::now())).await.unwrap().done().unwrap();
        }
        let last = MediaNeed::FreeSince(Timestamp::from_second(20).unwrap());
        assert_eq!(table.posts.media_need(tenant, post, &media.id).await.unwrap(), last, "{name}");
    }
}
