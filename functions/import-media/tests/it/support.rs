//! A worker, a server that it fetches from, and what is in S3.

use std::ops::Deref;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use aws_sdk_s3::types::CompletedPart;
use import_media::Importer;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::ImportMessage;
use slipway_domain::{Shares, UploadId, WorkerId};
use slipway_fetch::{Client, Limits};
use slipway_media::S3Error;
use slipway_runtime::Deadline;
use slipway_store::media::{Import, ImportClaim, MediaRecord, MediaState, SourceUrl};
use slipway_worker::{ClaimTime, Handled};
use workbench::{Bench, until};

use crate::server::Server;

/// The queue that the worker's messages come from.
pub(crate) const IMPORTS: &str = "ImportsQueue";

/// Everything around one worker.
pub(crate) struct World {
    bench: Bench,
    pub(crate) server: Server,
    pub(crate) worker: Importer,
}

impl Deref for World {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

impl World {
    /// A worker whose claim time is so long that no test sees its end.
    pub(crate) async fn new(server: Server) -> Self {
        Self::with_claim_time(server, Duration::from_mins(1)).await
    }

    /// A worker with this claim time.
    pub(crate) async fn with_claim_time(server: Server, claim_time: Duration) -> Self {
        let bench = Bench::of("ImportMediaFunction").await;
        let worker = Importer {
            media: bench.role.media.clone(),
            posts: bench.role.posts.clone(),
            bucket: bench.role.bucket.clone(),
            internet: Client::new(server.origin().parse().unwrap(), Limits::default()).unwrap(),
            imports: bench.queue(IMPORTS),
            transfers: bench.queue("TransfersQueue"),
            claim_time: ClaimTime(claim_time),
            slots: bench.role.slots.clone(),
            shares: Shares::of(6),
        };
        Self { bench, server, worker }
    }

    /// An import of the server's file that nobody has begun.
    pub(crate) fn import(&self) -> Import {
        Import::from_url(SourceUrl::new(self.server.url()))
    }

    /// A message about this media, as Lambda hands it out.
    pub(crate) async fn message(&self, media: &MediaRecord) -> (ImportMessage, SqsMessage) {
        let message = media.import_message();
        let body = serde_json::to_string(&message).unwrap();
        (message, self.hand_out(IMPORTS, &body).await)
    }

    /// One step on a message about this media, with all the time there is.
    pub(crate) async fn step(&self, media: &MediaRecord) -> Handled {
        let (message, record) = self.message(media).await;
        self.step_on(message, &record).await
    }

    /// One step on this message.
    pub(crate) async fn step_on(&self, message: ImportMessage, record: &SqsMessage) -> Handled {
        let step = self.worker.step(message, record, Deadline::after(Duration::from_mins(10)));
        tokio::time::timeout(Duration::from_secs(15), step).await.expect("the step ends")
    }

    /// Waits until the worker's upload in S3 has begun, and the server was asked; answers the media as it is then.
    pub(crate) async fn until_fetching(&self, media: &MediaRecord) -> MediaRecord {
        until("the server is asked", async || self.server.requests() > 0).await;
        self.media_now(media).await
    }

    /// Lets another worker take the import for a minute.
    pub(crate) async fn taken_by_another(&self, media: &MediaRecord) -> MediaRecord {
        let claim = claim("another", 60);
        let read = self.media_now(media).await;
        self.owner.media.claim_import(&read, claim).await.unwrap().done().unwrap()
    }

    /// The object's bytes, if it is there.
    pub(crate) async fn object(&self, media: &MediaRecord) -> Option<Vec<u8>> {
        let got = self.owner.bucket.object(&media.s3_key).get().send().await;
        Some(got.ok()?.body.collect().await.unwrap().to_vec())
    }

    /// Begins an upload of the media's object in S3 and sends its only part, as a worker does that dies afterwards.
    pub(crate) async fn begin_upload(&self, media: &MediaRecord, bytes: Vec<u8>) -> Upload {
        let object = self.owner.bucket.object(&media.s3_key);
        let id = object.begin(None).await.unwrap();
        let sent = object.part(&id, 1).body(bytes.into()).send().await.unwrap();
        Upload { id, part: CompletedPart::builder().part_number(1).set_e_tag(sent.e_tag).build() }
    }

    /// Completes an upload, if S3 still knows it.
    pub(crate) async fn complete_upload(&self, media: &MediaRecord, upload: &Upload) -> bool {
        let object = self.owner.bucket.object(&media.s3_key);
        object.complete(&upload.id, vec![upload.part.clone()]).send().await.is_ok()
    }

    /// Whether S3 still knows this upload.
    pub(crate) async fn is_open(&self, media: &MediaRecord, upload_id: &UploadId) -> bool {
        match self.owner.bucket.object(&media.s3_key).parts(upload_id).send().await.map_err(S3Error::from) {
            Ok(_) => true,
            Err(S3Error::Gone) => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// An upload in S3 that a worker has begun.
pub(crate) struct Upload {
    pub(crate) id: UploadId,
    part: CompletedPart,
}

/// A claim of this worker that ends in so many seconds.
pub(crate) fn claim(worker: &str, seconds: i64) -> ImportClaim {
    ImportClaim { worker: WorkerId::new(worker), until: Timestamp::now() + SignedDuration::from_secs(seconds) }
}

/// The code of the one reason why the media failed.
pub(crate) fn reason(media: &MediaRecord) -> &str {
    let MediaState::Failed { reasons, .. } = &media.state else { panic!("{:?}", media.state) };
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].code.as_str()
}
