//! Who may see the post. That is the creator's choice among what TikTok offers right now; it is never assumed.

use serde::Deserialize;

use crate::Session;
use crate::accounts::Account;
use crate::args::{Privacy, Wanted};
use crate::problem::Problem;

/// What the creator may choose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CreatorInfo {
    privacy_level_options: Vec<String>,
    can_post: Option<bool>,
    message: Option<String>,
}

/// Looks before a large file is sent whether its privacy level was chosen, and can be.
pub(super) async fn privacy(session: &Session, account: &Account, wanted: &Wanted) -> Result<(), Problem> {
    if wanted.draft_to_inbox {
        return Ok(()); // the creator chooses in TikTok's app
    }
    let answer = session.api.get(&format!("/v1/accounts/{}/creator-info", account.id)).await;
    let info: CreatorInfo = match answer.and_then(crate::api::Answer::read) {
        Ok(info) => info,
        Err(problem) if wanted.privacy.is_none() => return Err(problem),
        Err(problem) => {
            // TikTok's faults keep nobody from posting: the API looks again, and TikTok decides.
            session.say.detail(&format!("what {} may choose is not known: {}", account.name(), problem.message));
            return Ok(());
        }
    };
    if info.can_post == Some(false) {
        let why = info.message.as_deref().unwrap_or("TikTok gives no reason");
        session.say.note(&format!("warning: {} can't post right now: {why}", account.name()));
        if wanted.privacy.is_some() {
            return Ok(()); // what waits for room at TikTok is the API's to decide
        }
    }
    check(account, wanted.privacy, &info.privacy_level_options)
}

fn check(account: &Account, chosen: Option<Privacy>, offered: &[String]) -> Result<(), Problem> {
    let list: Vec<_> = offered.iter().map(|level| Privacy::flag(level)).collect();
    let list = if list.is_empty() { "nothing right now".to_owned() } else { list.join(", ") };
    let name = account.name();
    match chosen {
        None => Err(Problem::usage(format!("say who may see the post, with --privacy; {name} offers: {list}"))),
        Some(chosen) if !offered.is_empty() && !offered.iter().any(|level| level == chosen.level()) => {
            let chosen = Privacy::flag(chosen.level());
            let problem = Problem::refused(format!("{name} does not offer --privacy {chosen}, but: {list}"));
            Err(problem.with_code("validation.privacy_level_unsupported"))
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_privacy_level_is_asked_for_and_never_assumed() {
        let account = json!({"id": "acc_1", "username": "anna", "status": "active"});
        let account: Account = serde_json::from_value(account).unwrap();
        let both = ["SELF_ONLY".to_owned(), "PUBLIC_TO_EVERYONE".to_owned()];
        for (chosen, offered, end) in [
            (None, &both[..], Some((Exit::Usage, "@anna offers: private, public"))),
            (None, &both[1..], Some((Exit::Usage, "@anna offers: public"))),
            (None, &[], Some((Exit::Usage, "nothing right now"))),
            (
                Some(Privacy::Friends),
                &both[..],
                Some((Exit::Refused, "does not offer --privacy friends, but: private, public")),
            ),
            (Some(Privacy::Private), &both[..], None),
            (Some(Privacy::Friends), &[], None),
        ] {
            match (check(&account, chosen, offered), end) {
                (Ok(()), None) => {}
                (Err(problem), Some((exit, part))) => {
                    assert_eq!(problem.exit, exit);
                    assert!(problem.message.contains(part), "{}", problem.message);
                }
                (found, _) => panic!("{chosen:?} of {offered:?}: {found:?}"),
            }
        }
    }
}
