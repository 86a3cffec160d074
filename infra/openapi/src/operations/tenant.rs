//! Keys, the tenant, and what it may use.

use slipway_contract::export::CONTENT_TYPE;
use slipway_contract::key::{KeyView, NewKeyView, ScopesView};
use slipway_contract::service::OkView;
use slipway_contract::tenant::{PlansView, SignedUpView, UsageView, UserView};
use slipway_contract::test_mode::TestOutcomesView;
use slipway_contract::{ErrorCode, Page};
use slipway_domain::Mode;

use crate::operation::{Content, delete, get, patch, post};
use crate::parameter::{page, word};
use crate::requests::{ChangeKey, ChangeUser, CreateKey, RotateSecret, SignUp};
use crate::{Needs, Operation};

/// The spaces that keys open.
const MODES: [&str; 2] = [Mode::Live.as_str(), Mode::Test.as_str()];

/// What is wrong with what a key is limited to.
const LIMITED: [ErrorCode; 2] = [ErrorCode::ScopeInvalid, ErrorCode::BrandInvalid];

pub(super) fn keys() -> Vec<Operation> {
    let unrestricted = Needs::Unrestricted;
    vec![
        post("createKey", "/v1/keys", unrestricted, "Create an API key")
            .json::<CreateKey>()
            .once()
            .answers::<NewKeyView>(201, "The key. `raw_key` is shown once.")
            .refuses(&LIMITED)
            .refuses(&[ErrorCode::Conflict]),
        get("listKeys", "/v1/keys", unrestricted, "List API keys")
            .query(page(50))
            .query([word(
                "mode",
                "Whether live keys or test keys are listed. By default those of the mode of the key that you call with.",
                &MODES,
            )])
            .answers::<Page<KeyView>>(200, "The keys, without their secrets."),
        patch("updateKey", "/v1/keys/{id}", unrestricted, "Change an API key")
            .json_if_any::<ChangeKey>()
            .answers::<KeyView>(200, "The key.")
            .refuses(&LIMITED),
        delete("revokeKey", "/v1/keys/{id}", unrestricted, "Revoke an API key")
            .answers::<OkView>(200, "The key is no longer valid."),
        post("rotateKey", "/v1/keys/{id}/rotate", unrestricted, "Rotate an API key's secret")
            .json_if_any::<RotateSecret>()
            .once()
            .answers::<NewKeyView>(200, "The key. `raw_key` is shown once."),
        get("listScopes", "/v1/keys/scopes", Needs::AnyKey, "List the scopes that keys can be limited to")
            .answers::<ScopesView>(200, "The scopes."),
    ]
}

pub(super) fn tenant() -> Vec<Operation> {
    vec![
        post(
            "signUp",
            "/v1/signup",
            Needs::Nothing,
            "Sign up: create a tenant and its first key, if the operator allows it",
        )
        .about("With an `Idempotency-Key` a repeat from the same network address gets the first answer again, with the key.")
        .json::<SignUp>()
        .once()
        .answers::<SignedUpView>(201, "The tenant, its first key and its first brand.")
        .refuses(&[ErrorCode::Conflict, ErrorCode::RateLimited, ErrorCode::Http404]),
        get("getUser", "/v1/users/me", Needs::AnyKey, "Get the tenant and its plan")
            .answers::<UserView>(200, "The tenant."),
        patch("updateUser", "/v1/users/me", Needs::AnyKey, "Change the tenant's profile")
            .about("Needs a live key: a tenant is one for both modes.")
            .json_if_any::<ChangeUser>()
            .answers::<UserView>(200, "The tenant.")
            .refuses(&[ErrorCode::InsufficientScope]),
        get("exportUser", "/v1/users/me/export", Needs::Unrestricted, "Export all of the tenant's data")
            .about("A page of one kind of records. Each line is an object with `kind`, `space` and `data`; the last one is of the \
                    kind `page` and has `next_cursor`, which is null at the end. Nothing in it opens anything.")
            .query(page(100))
            .answer(200, "Lines of JSON.", Content::Other(CONTENT_TYPE)),
        delete("deleteUser", "/v1/users/me", Needs::Unrestricted, "Delete the tenant and all of its data")
            .about("Needs a live key. It can't be undone: as soon as this is answered, none of the tenant's keys is valid.")
            .answers::<UserView>(200, "The tenant, with `deleting_since`."),
        get("getUsage", "/v1/usage", Needs::AnyKey, "Get the tenant's usage and limits")
            .answers::<UsageView>(200, "The figures."),
        get("listPlans", "/v1/billing/plans", Needs::AnyKey, "List the plans")
            .answers::<PlansView>(200, "The plans."),
        get(
            "listTestOutcomes",
            "/v1/test/outcomes",
            Needs::AnyKey,
            "List the outcomes that a post in test mode can ask for",
        )
        .answers::<TestOutcomesView>(200, "The outcomes, and the kinds of creators."),
    ]
}
