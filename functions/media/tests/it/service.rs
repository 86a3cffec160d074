//! The service under test, and a client of it.

use aws_stand_in::AwsStandIn;
use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use media::{App, router};
use serde_json::Value;
use slipway_domain::{Plan, Plans, Reach, TenantId};
use slipway_fetch::TrustedOrigins;
use slipway_http::{Keyring, PublicBase, RateLimits};
use slipway_store::media::{Media, MediaRules};
use workbench::form::{form, form_type};
use workbench::{Bench, Caller};

pub(crate) const BASE: &str = "https://api.example.com";

pub(crate) struct Service {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    pub(crate) media: Media,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) bucket: String,
    /// Who most tests are.
    pub(crate) caller: Caller,
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

impl Service {
    pub(crate) async fn start() -> Self {
        Self::on(Plan::Unlimited).await
    }

    /// A service whose tenants have this plan.
    pub(crate) async fn on(plan: Plan) -> Self {
        let bench = Bench::of("MediaFunction").await;
        let rules = MediaRules { plans: Plans::usual(plan), ..MediaRules::default() };
        let role = &bench.role;
        let app = App {
            tenants: role.tenants.clone(),
            keyring: Keyring::of("secret"),
            rate_limits: RateLimits::OFF,
            media: role.media.clone().ruled_by(rules),
            posts: role.posts.clone(),
            bucket: role.bucket.clone(),
            imports: bench.queue("ImportsQueue"),
            trusted_origins: TrustedOrigins::none(),
            base: PublicBase::Fixed(BASE.to_owned()),
        };
        Self {
            router: router(app),
            media: bench.owner.media.clone().ruled_by(rules),
            s3: bench.owner.bucket.s3.clone(),
            bucket: bench.owner.bucket.name.clone(),
            caller: bench.caller(&bench.tenant).await,
            bench,
        }
    }

    pub(crate) fn aws(&self) -> &AwsStandIn {
        self.bench.deployment.aws()
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.bench.tenant
    }

    /// Another key of this tenant's.
    pub(crate) async fn key(&self, scopes: &[&str]) -> Caller {
        self.bench.caller_with(self.tenant(), scopes, &[]).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = workbench::Answer::to(&self.router, request).await;
        let body = answer.json();
        Answer { status: answer.status, headers: answer.headers, body }
    }

    pub(crate) async fn call(&self, caller: &Caller, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(caller.request(method.as_str(), path).body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(&self.caller, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(&self.caller, Method::POST, path, Some(body)).await
    }

    /// Uploads a form with one file, as `curl -F file=@name` does.
    pub(crate) async fn upload(&self, name: &str, content: &[u8]) -> Answer {
        self.upload_form(&form(&[("file", Some(name), content)])).await
    }

    pub(crate) async fn upload_form(&self, form: &[u8]) -> Answer {
        let request = self.caller.request("POST", "/v1/media/upload").header("content-type", form_type());
        self.send(request.body(Body::from(form.to_vec())).unwrap()).await
    }

    /// What is in the bucket and the table.
    pub(crate) async fn kept(&self) -> (usize, usize) {
        let objects = self.s3.list_objects_v2().bucket(&self.bucket).send().await.unwrap();
        let items = self.media.list(&Reach::whole(self.tenant()), None, 100).await.unwrap();
        (objects.contents().len(), items.media.len())
    }
}

/// A real file, with which the reader of headers is tested.
pub(crate) fn fixture(name: &str) -> Bytes {
    workbench::fixture(name).into()
}
