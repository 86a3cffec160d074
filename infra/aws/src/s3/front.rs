//! What stands between HTTP and `s3s`.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::Body;
use s3s::service::{S3Service, S3ServiceBuilder};

use super::ObjectStore;
use super::access::{Gate, Planned, SecretKeys};
use super::operations::Operations;
use crate::error::Cut;
use crate::iam::Principals;
use crate::ledger::Ledger;
use crate::meanwhile::Interludes;

/// S3 over HTTP.
pub(crate) struct S3 {
    service: S3Service,
    store: Arc<ObjectStore>,
}

impl S3 {
    pub(crate) fn new(
        store: ObjectStore,
        principals: Arc<Principals>,
        ledger: Arc<Ledger>,
        interludes: Arc<Interludes>,
    ) -> Self {
        let store = Arc::new(store);
        let mut builder = S3ServiceBuilder::new(Operations(Arc::clone(&store)));
        builder.set_auth(SecretKeys(Arc::clone(&principals)));
        builder.set_access(Gate { ledger, principals, store: Arc::clone(&store), interludes });
        Self { service: builder.build(), store }
    }

    pub(crate) fn store(&self) -> &ObjectStore {
        &self.store
    }

    /// Answers a request, or cuts the connection where a test wants that.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        if let Some(response) = self.store.cors.preflight(&request) {
            return Ok(response);
        }
        let leave = self.store.cors.leave(&request);
        let awaits_continue = request.headers().contains_key(header::EXPECT);
        let (mut parts, body) = request.into_parts();
        let planned = Planned::default();
        parts.extensions.insert(planned.clone());
        let upload = Upload(Arc::new(Mutex::new(body)));
        let request = Request::from_parts(parts, Body::http_body(upload.clone()));
        let mut response = self.service.call(request).await.map_err(|_| Cut)?;
        if planned.loses_answer() {
            return Err(Cut);
        }
        response.headers_mut().extend(leave);
        if !response.status().is_success() && !awaits_continue {
            // A sender that is still sending would see a broken connection instead of the refusal, so the rest of
            // its body is read away. One that waits for "100 Continue" has sent nothing yet.
            tokio::spawn(upload.drain());
        }
        Ok(response)
    }
}

/// A request's body, kept within reach after `s3s` is done with it.
#[derive(Clone)]
struct Upload(Arc<Mutex<Incoming>>);

impl Upload {
    async fn drain(mut self) {
        while let Some(Ok(_)) = self.frame().await {}
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
