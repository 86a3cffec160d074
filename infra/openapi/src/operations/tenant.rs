//! Keys, the tenant, and what it may use.

use slipway_contract::export::CONTENT_TYPE;
use slipway_contract::key::{KeyView, NewKeyView, ScopesView};
use slipway_contract::tenant::{PlansView, SignedUpView, UsageView, UserView};
use slipway_contract::test_mode::TestOutcomesView;
use slipway_contract::webhook::OkView;
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
        post("createKey", "/v1/keys", unrestricted, "Make a key")
            .json::<CreateKey>()
            .once()
            .answers::<NewKeyView>(201, "The key. `raw_key` is shown once.")
            .refuses(&LIMITED)
            .refuses(&[ErrorCode::Conflict]),
        get("listKeys", "/v1/keys", unrestricted, "List keys")
            .query(page(50))
            .query([word(
                "mode",
                "Which keys: of the live space or of the test space. Those of your own key's, unless said.",
                &MODES,
            )])
            .answers::<Page<KeyView>>(200, "The keys, without their secrets."),
        patch("updateKey", "/v1/keys/{id}", unrestricted, "Change what a key may do")
            .json_if_any::<ChangeKey>()
            .answers::<KeyView>(200, "The key.")
            .refuses(&LIMITED),
        delete("revokeKey", "/v1/keys/{id}", unrestricted, "Revoke a key")
            .answers::<OkView>(200, "It opens nothing any more."),
        post("rotateKey", "/v1/keys/{id}/rotate", unrestricted, "Give a key a new secret")
            .json_if_any::<RotateSecret>()
            .once()
            .answers::<NewKeyView>(200, "The key. `raw_key` is shown once."),
        get("listScopes", "/v1/keys/scopes", Needs::AnyKey, "List what keys can be limited to")
            .answers::<ScopesView>(200, "The scopes."),
    ]
}

pub(super) fn tenant() -> Vec<Operation> {
    vec![
        post(
            "signUp",
            "/v1/signup",
            Needs::Nothing,
            "Make a tenant and its first key, where the operator has opened it",
        )
        .json::<SignUp>()
        .answers::<SignedUpView>(201, "The tenant, its first key and its first brand.")
        .refuses(&[ErrorCode::Conflict, ErrorCode::RateLimited, ErrorCode::Http404]),
        get("getUser", "/v1/users/me", Needs::AnyKey, "Show the tenant with its plan")
            .answers::<UserView>(200, "The tenant."),
        patch("updateUser", "/v1/users/me", Needs::AnyKey, "Change what is said about the tenant")
            .json_if_any::<ChangeUser>()
            .answers::<UserView>(200, "The tenant."),
        get("exportUser", "/v1/users/me/export", Needs::Unrestricted, "Export all that the tenant has")
            .about("A page of one kind of records. Each line is an object with `kind`, `space` and `data`; the last one is of the \
                    kind `page` and has `next_cursor`, which is null at the end. Nothing in it opens anything.")
            .query(page(100))
            .answer(200, "Lines of JSON.", Content::Other(CONTENT_TYPE)),
        delete("deleteUser", "/v1/users/me", Needs::Unrestricted, "Delete the tenant with all that is theirs")
            .about("Takes a live key without restrictions. Nothing brings it back. From the answer on no key opens anything.")
            .answers::<UserView>(200, "The tenant, with `deleting_since`."),
        get("getUsage", "/v1/usage", Needs::AnyKey, "Show what the tenant uses of its plan")
            .answers::<UsageView>(200, "The numbers."),
        get("listPlans", "/v1/billing/plans", Needs::AnyKey, "List the plans that there are")
            .answers::<PlansView>(200, "The plans."),
        get(
            "listTestOutcomes",
            "/v1/test/outcomes",
            Needs::AnyKey,
            "List what posts of test mode can be made to end as",
        )
        .answers::<TestOutcomesView>(200, "The outcomes, and the kinds of creators."),
    ]
}
