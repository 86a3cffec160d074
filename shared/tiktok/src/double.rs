//! The double of TikTok that posts of test mode meet: it answers the client's own requests, in TikTok's own form, without
//! a network. What it keeps in mind between two calls it keeps in a [`Memory`], so that it may answer from any process.
//!
//! It stands behind the client, so that all that is built on the client meets it as it meets TikTok: the same requests go
//! in, the same readers read its answers. It takes only what TikTok would take at this moment: chunks in their order,
//! tokens that it gave, publishes of the creator who asks.

mod answers;
mod creator;
mod memory;
mod publish;
mod requests;
mod status;
mod upload;

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::RequestBuilder;
use sha2::{Digest as _, Sha256};
use slipway_domain::{ApiErrorCode, Script, TenantId, chain};
use url::Url;
use uuid::Uuid;

use crate::answer::Answer;
use crate::{Error, paths};

pub use memory::{Memory, Remembered};

use self::answers::Reply;
use self::memory::Forgetful;
use self::requests::Received;

/// Where the double's requests would lead if one ever got out: nowhere (RFC 2606).
pub(crate) const BASE: &str = "https://tiktok.test-mode.invalid/";

/// The double, as one tenant's test space sees it: of another one's creators and publishes it knows nothing.
#[derive(Debug, Clone)]
pub(crate) struct Double {
    pub(crate) space: TenantId,
    pub(crate) memory: Option<Arc<dyn Memory>>,
    /// For what TikTok would fetch.
    pub(crate) http: reqwest::Client,
}

impl Double {
    /// Answers a request as TikTok would.
    pub(crate) async fn answer(&self, endpoint: &'static str, request: RequestBuilder) -> Result<Answer, Error> {
        let request = request.build().map_err(|error| Error::transport(endpoint, error))?;
        let received = Received::read(request);
        let reply = match self.reply(endpoint, received).await {
            Ok(reply) => reply,
            Err(Trouble::Body(error)) => return Err(Error::transport(endpoint, error)),
            Err(Trouble::Memory(error)) => {
                tracing::error!(error = %chain(&error), "the double of TikTok can't remember");
                Reply::error(500, ApiErrorCode::InternalError, "")
            }
        };
        Ok(reply.into_answer(endpoint, &Uuid::now_v7().simple().to_string().to_uppercase()))
    }

    async fn reply(&self, endpoint: &str, received: Received) -> Result<Reply, Trouble> {
        match endpoint {
            paths::TOKEN => return self.grant(&received).await,
            paths::REVOKE => return Ok(Reply::empty()),
            paths::UPLOAD => return self.take_chunk(received).await,
            _ => {}
        }
        let Some(creator) = self.creator(&received).await? else {
            return Ok(Reply::token_refused());
        };
        match endpoint {
            paths::USER_INFO => Ok(self.user_info(&creator)),
            paths::CREATOR_INFO => Ok(creator.info()),
            paths::VIDEO_LIST => Ok(Reply::no_videos()),
            paths::VIDEO_QUERY => Ok(Reply::videos(&received)),
            paths::DIRECT | paths::INBOX | paths::CONTENT => {
                self.begin(&creator, endpoint, &received, Timestamp::now()).await
            }
            paths::STATUS => self.status(&creator, &received).await,
            paths::CANCEL => self.cancel(&creator, &received).await,
            _ => Ok(Reply::error(404, ApiErrorCode::UnsupportedPath, "Unsupported path(Janus)")),
        }
    }
}

/// The request with the script that these texts name, in a header of our own: TikTok drops the text of a draft, and what
/// is dropped is not in the request. It leaves the process as little as the request.
pub(crate) fn scripted(request: RequestBuilder, texts: &[&str]) -> RequestBuilder {
    match Script::in_texts(texts).into_iter().next() {
        Some(Ok(script)) => {
            let text = hex::encode(Sha256::digest(texts.join("\n")));
            request.header(SCRIPT, script.to_string()).header(TEXT, text)
        }
        Some(Err(_)) | None => request,
    }
}

/// Which script counts.
const SCRIPT: &str = "x-slipway-script";
/// SHA-256 of the texts that name it, in hex.
const TEXT: &str = "x-slipway-text";

/// Where a creator's browser goes instead of to TikTok's page: straight back, with a code, as if everything had been
/// granted.
///
/// An address that is none leads nowhere, and not to TikTok.
pub(crate) fn consented(redirect_uri: &str, base: &Url, state: &str) -> Url {
    let mut url = redirect_uri.parse().unwrap_or_else(|_| base.clone());
    let code = format!("{}{}", creator::CODE, creator::DEFAULT);
    url.query_pairs_mut().append_pair("code", &code).append_pair("state", state);
    url
}

/// Why the double has no answer.
enum Trouble {
    /// The bytes for TikTok could not be had.
    Body(reqwest::Error),
    /// What was to be kept in mind could not be.
    Memory(Forgetful),
}

impl From<Forgetful> for Trouble {
    fn from(error: Forgetful) -> Self {
        Self::Memory(error)
    }
}
