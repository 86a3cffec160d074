//! The two pages a person sees: the consent form, and what is wrong with the request.

use http::StatusCode;

use crate::answer::Answer;
use crate::scope::Scope;
use crate::world::Account;

/// The consent form. It posts every parameter back, with the chosen user, the ticked scopes and the decision.
pub(super) fn consent(params: &[(String, String)], scopes: &[Scope], accounts: &[Account], chosen: &str) -> Answer {
    let kept = params.iter().filter(|(name, _)| !["sim_user", "grant", "decision"].contains(&name.as_str()));
    let hidden: Vec<String> = kept
        .map(|(name, value)| format!("<input type=hidden name=\"{}\" value=\"{}\">\n", escape(name), escape(value)))
        .collect();
    let boxes: Vec<String> = scopes
        .iter()
        .map(|scope| {
            format!("<label><input type=checkbox name=grant value=\"{0}\" checked> {0}</label><br>\n", scope.name())
        })
        .collect();
    let users: Vec<String> = accounts
        .iter()
        .map(|account| {
            let selected = if account.open_id == chosen { " selected" } else { "" };
            let (id, name) = (escape(&account.open_id), escape(&account.user.display_name));
            format!("<option value=\"{id}\"{selected}>{name} (@{})</option>\n", escape(&account.user.username))
        })
        .collect();
    let (hidden, boxes, users) = (hidden.concat(), boxes.concat(), users.concat());
    let body = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated TikTok</title>\n\
         <h1>Simulated TikTok</h1><p>An app wants access to your account.</p>\n\
         <form method=post action=\"/v2/auth/authorize/\">\n{hidden}\
         <p><label>Continue as <select name=sim_user>\n{users}</select></label></p>\n<p>{boxes}</p>\n\
         <button name=decision value=approve>Continue</button> <button name=decision value=deny>Cancel</button>\n</form></html>"
    );
    Answer::new(StatusCode::OK, "consent_page", "text/html; charset=utf-8", body)
}

/// The page for requests that can not be answered by a redirect.
pub(super) fn refusal(what: &str) -> Answer {
    let body = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated TikTok</title>\n\
         <h1>Something went wrong</h1><p>We couldn't log you in. This may be due to specific app settings.</p>\n\
         <p>If you're a developer, correct the following and try again: <b>{}</b></p></html>",
        escape(what)
    );
    Answer::new(StatusCode::BAD_REQUEST, what, "text/html; charset=utf-8", body)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
