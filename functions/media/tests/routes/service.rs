//! The service under test, and a client of it.

use std::path::PathBuf;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use media::{App, router};
use serde_json::{Value, json};
use slipway_domain::{Plan, TenantId};
use slipway_fetch::TrustedOrigins;
use slipway_http::PublicBase;
use slipway_http::api_key::RawKey;
use slipway_media::Bucket;
use slipway_queue::Queue;
use slipway_store::events::Events;
use slipway_store::media::{Media, MediaRules};
use slipway_store::posts::Posts;
use slipway_store::tenants::{KeyRecord, Tenants};
use tower::ServiceExt as _;

pub(crate) const BUCKET: &str = "media-bucket";
pub(crate) const BASE: &str = "https://api.example.com";

pub(crate) struct Service {
    pub(crate) aws: AwsStandIn,
    pub(crate) media: Media,
    pub(crate) events: Events,
    pub(crate) s3: aws_sdk_s3::Client,
    tenants: Tenants,
    router: Router,
    /// The key of the tenant that most tests are.
    pub(crate) key: String,
    pub(crate) tenant: TenantId,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The error's code, once the status fits.
    pub(crate) fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        assert!(!self.body["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!(self.body["request_id"].as_str(), self.headers["x-request-id"].to_str().ok());
        self.body["error"]["code"].as_str().unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {:#}", self.body))
    }
}

fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    })
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::on(Plan::Unlimited).await
    }

    /// A service whose tenants have this plan.
    pub(crate) async fn on(plan: Plan) -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        for name in ["tenants", "media", "posts", "events"] {
            aws.create_table(table(name), None).await.unwrap();
        }
        aws.create_bucket(BUCKET).unwrap();
        let credentials = Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test");
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(aws.region()))
                .credentials_provider(credentials.clone())
                .endpoint_url(aws.endpoint())
                .force_path_style(true)
                .response_checksum_validation(aws_sdk_s3::config::ResponseChecksumValidation::WhenRequired)
                .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
                .build(),
        );
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(
            aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(aws.region()))
                .credentials_provider(credentials)
                .endpoint_url(aws.endpoint())
                .build(),
        );
        let sqs = aws_sdk_sqs::Client::from_conf(
            aws_sdk_sqs::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(aws.region()))
                .credentials_provider(Credentials::new(
                    aws.access_key_id(),
                    aws.secret_access_key(),
                    None,
                    None,
                    "test",
                ))
                .endpoint_url(aws.endpoint())
                .build(),
        );
        let tenants = Tenants::new(dynamodb.clone(), "tenants".to_owned());
        let events = Events::new(dynamodb.clone(), "events".to_owned());
        let rules = MediaRules { plan, ..MediaRules::default() };
        let media = Media::new(dynamodb.clone(), "media".to_owned()).ruled_by(rules).recording(events.clone());
        let app = App {
            tenants: tenants.clone(),
            media: media.clone(),
            posts: Posts::new(dynamodb, "posts".to_owned()),
            bucket: Bucket { s3: s3.clone(), name: BUCKET.to_owned() },
            // Nobody listens: what is imported is handed over by the sweep.
            imports: Queue::new(sqs, "http://127.0.0.1:1/imports".to_owned()),
            trusted_origins: TrustedOrigins::none(),
            base: PublicBase::Fixed(BASE.to_owned()),
        };
        let tenant: TenantId = "ten_1".parse().unwrap();
        let service = Self { aws, media, events, s3, tenants, router: router(app), key: String::new(), tenant };
        let key = service.new_key("ten_1", "key_1", &[]).await;
        Self { key, ..service }
    }

    pub(crate) async fn new_key(&self, tenant: &str, id: &str, scopes: &[&str]) -> String {
        let key = RawKey::generate().unwrap();
        let record = KeyRecord {
            id: id.parse().unwrap(),
            tenant: tenant.parse().unwrap(),
            name: "test".to_owned(),
            preview: key.preview(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            brand_ids: Vec::new(),
            is_active: true,
            created_at: Timestamp::now(),
        };
        self.tenants.add_key(&record, &key.hash()).await.unwrap();
        key.reveal().to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &self.key, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &self.key, Some(body)).await
    }

    /// Uploads a form with one file, as `curl -F file=@name` does.
    pub(crate) async fn upload(&self, name: &str, content: &[u8]) -> Answer {
        self.upload_form(&form(&[("file", Some(name), content)])).await
    }

    pub(crate) async fn upload_form(&self, form: &[u8]) -> Answer {
        let request = Request::post("/v1/media/upload")
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        self.send(request.body(Body::from(form.to_vec())).unwrap()).await
    }

    /// What is in the bucket and the table.
    pub(crate) async fn kept(&self) -> (usize, usize) {
        let objects = self.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        let items = self.media.list(&self.tenant, None, 100).await.unwrap();
        (objects.contents().len(), items.media.len())
    }
}

const BOUNDARY: &str = "------------------------d74496d66958873e";

/// A form of parts: name, file name, content.
pub(crate) fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or_else(String::new, |file| {
            format!("; filename=\"{file}\"\r\nContent-Type: application/octet-stream")
        });
        form.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend(format!("--{BOUNDARY}--\r\n").bytes());
    form
}

/// A real file, which the reader of headers is tested with.
pub(crate) fn fixture(name: &str) -> Bytes {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/video/fixtures");
    std::fs::read(folder.join(name)).unwrap().into()
}
