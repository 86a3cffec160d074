//! What creators are asked to grant.

use std::convert::Infallible;
use std::str::FromStr;

use slipway_tiktok::{Scope, Scopes};

/// The scopes to ask for: those that the operator lists, or everything that Slipway can use.
///
/// TikTok refuses to show its page if an app asks for a scope that it was not approved for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedScopes(Vec<Scope>);

impl AskedScopes {
    /// They, in the order in which they are asked for.
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

impl Default for AskedScopes {
    fn default() -> Self {
        Self(Scope::known().collect())
    }
}

impl FromStr for AskedScopes {
    type Err = Infallible;

    /// Reads `TIKTOK_SCOPES`, a list with commas between, which may be empty.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let listed = Scopes::parse(text);
        if listed.is_empty() {
            return Ok(Self::default());
        }
        let known = Scope::known().filter(|scope| listed.contains(scope));
        let others = listed.iter().filter(|scope| matches!(scope, Scope::Other(_))).cloned();
        Ok(Self(known.chain(others).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_list_what_slipway_uses_is_asked_for_as_the_template_does() {
        let template = include_str!("../../../template.yaml");
        let (_, parameter) = template.split_once("TikTokScopes:").unwrap();
        let (_, listed) = parameter.split_once("Default: ").unwrap();
        let listed = Scopes::parse(listed.lines().next().unwrap());
        let AskedScopes(asked) = AskedScopes::default();
        assert_eq!(asked.iter().cloned().collect::<Scopes>(), listed);
        assert_eq!(asked.first(), Some(&Scope::UserInfoBasic), "as TikTok's page lists them");
    }

    #[test]
    fn an_operator_may_ask_for_less_or_for_what_slipway_does_not_know() {
        for (text, asked) in [
            ("video.upload, user.info.basic", vec![Scope::UserInfoBasic, Scope::VideoUpload]),
            ("video.publish,video.upload", vec![Scope::VideoUpload, Scope::VideoPublish]),
            ("a.b,video.publish", vec![Scope::VideoPublish, Scope::Other("a.b".to_owned())]),
            ("", Scope::known().collect()),
            (" , ", Scope::known().collect()),
        ] {
            assert_eq!(text.parse(), Ok(AskedScopes(asked)), "{text:?}");
        }
    }
}
