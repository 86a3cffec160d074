//! `POST /v1/accounts/connect`: where connecting an account begins.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::limits::LONGEST_STATE;
use slipway_domain::schedule::CONSENT_WITHIN;
use slipway_domain::{BrandId, Hidden, TenantId};
use slipway_http::auth::Caller;
use slipway_http::repeat::text;
use slipway_http::{Answer, Carried, ErrorResponse, JsonObject, Once, unknown_fields};
use slipway_store::Write;
use slipway_store::accounts::{Authorization, Flow};
use slipway_store::quota::{Exceeded, Quota};

use crate::begun::Begun;
use crate::return_url::ReturnUrl;
use crate::{App, brands, callback, fields, redirect_uris, view};

/// A connect request that makes sense.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    brand: Option<BrandId>,
    flow: Flow,
    /// The caller's own redirect URI for TikTok; ours if there is none.
    redirect_uri: Option<Hidden<String>>,
    caller_state: Option<Hidden<String>>,
}

/// Answers with the address of TikTok's page for this connection.
pub(crate) async fn connect(State(app): State<Arc<App>>, request: Once) -> Answer {
    let now = Timestamp::now();
    let beginning =
        request.answer(app.accounts.guards(), ("a connection".to_owned(), now), StatusCode::ACCEPTED, async |own| {
            let (caller, headers) = (&request.caller, &request.headers);
            let mut noted = Diagnostics::default();
            let wanted = read(&request.body, &mut noted);
            let brand = brand(&app, caller, wanted.brand, &mut noted.issues).await?;
            let warnings = noted.finish(unknown_fields(headers))?;
            let destination = match &wanted.flow {
                Flow::Proxy => wanted.redirect_uri.as_ref().map(|uri| ("metadata.redirect_uri", uri.as_str())),
                Flow::Callback { return_to } => return_to.as_deref().map(|uri| ("redirect_uri", uri.as_str())),
            };
            if let Some((field, uri)) = destination {
                redirect_uris::check(&app, caller.tenant(), field, uri).await?;
            }
            let Wanted { flow, redirect_uri, caller_state, .. } = wanted;
            // Without an address of the caller's own TikTok comes back to us.
            let redirect_uri = redirect_uri.unwrap_or_else(|| our_callback(&app, headers).into());
            let (tenant, good_until) = (caller.tenant().clone(), now + CONSENT_WITHIN);
            let begun =
                Begun::new(&app, Authorization { tenant, brand, flow, redirect_uri, caller_state, good_until })?;
            let answer = text(&view::begun(&begun, warnings))?;
            let Some(guard) = own.keep(&answer)? else {
                app.accounts.begin_authorization(&begun.state, &begun.authorization).await?;
                return Ok(Carried::Out(answer));
            };
            match app.accounts.begin_authorization_once(&guard, &begun.state, &begun.authorization, now).await? {
                Write::Done(()) => Ok(Carried::Out(answer)),
                Write::Refused(repeated) => Ok(Carried::Before(repeated)),
            }
        });
    beginning.await
}

/// Remembers an authorization of a visitor without a key, into this brand, as long as none of these quotas is used up.
pub(crate) async fn begin_for_visitor(
    app: &App,
    headers: &HeaderMap,
    (tenant, brand): (TenantId, BrandId),
    quotas: &[Quota],
) -> Result<Write<Begun, Exceeded>, ErrorResponse> {
    let (redirect_uri, now) = (our_callback(app, headers).into(), Timestamp::now());
    let (brand, flow, good_until) = (Some(brand), Flow::Callback { return_to: None }, now + CONSENT_WITHIN);
    let begun = Begun::new(app, Authorization { tenant, brand, flow, redirect_uri, caller_state: None, good_until })?;
    let written = app.accounts.begin_authorization_within(quotas, &begun.state, &begun.authorization, now).await?;
    Ok(written.map(|()| begun))
}

fn our_callback(app: &App, headers: &HeaderMap) -> String {
    format!("{}{}", app.base.resolve(headers), callback::PATH)
}

fn read(body: &JsonObject, noted: &mut Diagnostics) -> Wanted {
    let issues = &mut noted.issues;
    let root = Fields::root(&body.object);
    fields::platform(&root, issues);
    let return_to = root.filled("redirect_uri", issues);
    if let Some(Err(why)) = return_to.map(ReturnUrl::parse) {
        issues.push(bad_redirect("redirect_uri", &why));
    }
    let caller_state = root.filled("state", issues);
    if let Some(length) = caller_state.map(|state| state.chars().count()).filter(|length| *length > LONGEST_STATE) {
        let message = format!("state has {length} characters, at most {LONGEST_STATE} are allowed");
        issues.push(Issue::invalid("state", message, "Keep the data on your side and send a short name of it."));
    }
    let brand = root.filled("brand_id", issues).and_then(|text| fields::brand_id(text, issues));
    let metadata = root.object("metadata", issues);
    let proxy = metadata.as_ref().and_then(|metadata| metadata.filled("redirect_uri", issues));
    if let Some(Err(why)) = proxy.map(ReturnUrl::check_for_tiktok) {
        issues.push(bad_redirect("metadata.redirect_uri", &why));
    }
    if return_to.is_some() && proxy.is_some() {
        let message = "redirect_uri and metadata.redirect_uri exclude each other";
        let cure = "Send redirect_uri if we are to receive TikTok's code, metadata.redirect_uri if you are.";
        issues.push(Issue::invalid("metadata.redirect_uri", message, cure));
    }
    for known in std::iter::once(&root).chain(&metadata) {
        noted.unknown(known);
    }
    let hidden = |text: &str| Hidden(text.to_owned());
    let flow = match proxy {
        Some(_) => Flow::Proxy,
        None => Flow::Callback { return_to: return_to.map(hidden) },
    };
    Wanted { brand, flow, redirect_uri: proxy.map(hidden), caller_state: caller_state.map(hidden) }
}

fn bad_redirect(field: &str, why: &str) -> Issue {
    Issue::invalid(field, format!("{field} can't be used: {why}"), ReturnUrl::CURE)
}

/// A key that is restricted to brands connects into one of them.
async fn brand(
    app: &App,
    caller: &Caller,
    wanted: Option<BrandId>,
    issues: &mut Vec<Issue>,
) -> Result<Option<BrandId>, ErrorResponse> {
    let brand = match (wanted, caller.reach.brands()) {
        (Some(brand), _) => brand,
        (None, []) => return Ok(None),
        (None, [only]) => only.clone(),
        (None, _) => {
            let cure = "Send the id of the brand that the account is to belong to.";
            issues.push(Issue::required("brand_id", cure));
            return Ok(None);
        }
    };
    brands::must_be_known(app, caller, &brand, issues).await?;
    Ok(Some(brand))
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use serde_json::json;
    use slipway_contract::{ApiError, ErrorCode};

    use super::*;

    fn read_json(body: serde_json::Value) -> Result<(Wanted, Vec<String>), ApiError> {
        read_with(body, &HeaderMap::new())
    }

    fn read_with(body: serde_json::Value, headers: &HeaderMap) -> Result<(Wanted, Vec<String>), ApiError> {
        let serde_json::Value::Object(object) = body else { panic!("no object") };
        let mut noted = Diagnostics::default();
        let wanted = read(&JsonObject { object: object.into(), bytes: Bytes::new().into() }, &mut noted);
        Ok((wanted, noted.finish(unknown_fields(headers))?))
    }

    #[test]
    fn both_flows_are_told_apart() {
        let (wanted, warnings) =
            read_json(json!({"platform": "tiktok", "redirect_uri": "https://a.example/x", "state": "s"})).unwrap();
        assert_eq!(wanted.flow, Flow::Callback { return_to: Some("https://a.example/x".to_owned().into()) });
        assert_eq!((wanted.redirect_uri, wanted.caller_state), (None, Some(Hidden("s".to_owned()))));
        assert!(warnings.is_empty());

        let (wanted, _) =
            read_json(json!({"platform": "tiktok", "metadata": {"redirect_uri": "https://a.example/x"}})).unwrap();
        assert_eq!((wanted.flow, wanted.redirect_uri), (Flow::Proxy, Some("https://a.example/x".to_owned().into())));

        let (wanted, _) = read_json(json!({"platform": "tiktok", "metadata": null, "redirect_uri": ""})).unwrap();
        assert_eq!(wanted.flow, Flow::Callback { return_to: None });
    }

    #[test]
    fn all_problems_come_at_once() {
        let error = read_json(json!({
            "platform": "instagram",
            "redirect_uri": "http://a.example/x",
            "state": "s".repeat(513),
            "brand_id": "acc_1",
            "metadata": {"redirect_uri": "https://a.example/x?y"},
        }))
        .unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedPlatform);
        let issues = error.meta.issues.unwrap();
        let fields: Vec<_> = issues.iter().map(|issue| issue.field.as_str()).collect();
        assert_eq!(
            fields,
            ["platform", "redirect_uri", "state", "brand_id", "metadata.redirect_uri", "metadata.redirect_uri"]
        );
    }

    #[test]
    fn a_missing_platform_is_named() {
        let error = read_json(json!({})).unwrap_err();
        assert_eq!((error.code, error.meta.field.as_deref()), (ErrorCode::FieldRequired, Some("platform")));
    }

    #[test]
    fn a_state_of_512_characters_is_taken_whatever_they_are() {
        assert!(read_json(json!({"platform": "tiktok", "state": "é".repeat(512)})).is_ok());
    }

    #[test]
    fn unknown_fields_are_warned_about_or_refused_on_demand() {
        let body = json!({"platform": "tiktok", "colour": 1, "metadata": {"x": 1}});
        let (_, warnings) = read_json(body.clone()).unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let strict =
            HeaderMap::from_iter([(http::HeaderName::from_static("prefer"), "handling=strict".parse().unwrap())]);
        let error = read_with(body, &strict).unwrap_err();
        assert_eq!(error.meta.issues.unwrap().len(), 2);
    }
}
