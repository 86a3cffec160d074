//! `GET /v1/test/outcomes`: what posts of test mode can be made to end as.

use http::StatusCode;
use slipway_contract::test_mode::{TestCreatorView, TestOutcomeView, TestOutcomesView};
use slipway_domain::{Persona, Script};
use slipway_http::{Answer, json};

pub(crate) async fn outcomes() -> Answer {
    let outcome = |script: Script| TestOutcomeView {
        name: script.to_string(),
        caption: script.mark(),
        description: script.description(),
    };
    let creator = |persona: Persona| TestCreatorView { name: persona.as_str(), description: persona.description() };
    let data: Vec<_> = Script::all().into_iter().map(outcome).collect();
    let creators = Persona::ALL.map(creator).into();
    Ok(json(StatusCode::OK, &TestOutcomesView { count: data.len(), data, creators }))
}
