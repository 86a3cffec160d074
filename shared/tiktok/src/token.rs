//! TikTok's tokens. They can be used and stored, but not printed or serialised by accident.

use secrecy::{ExposeSecret, SecretString};

macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes the token as TikTok sent it.
            pub fn new(token: impl Into<String>) -> Self {
                Self(SecretString::from(token.into()))
            }

            /// The token in clear: for the vault that seals it and for the calls to TikTok, for nothing else.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl From<SecretString> for $name {
            fn from(token: SecretString) -> Self {
                Self(token)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

token!(
    /// What calls to TikTok carry. Lives for hours; how long, only the grant says.
    AccessToken
);
token!(
    /// What the next pair of tokens is bought with. It is dead as soon as TikTok has issued the next one.
    RefreshToken
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", AccessToken::new("act.secret")), "AccessToken(..)");
        assert_eq!(format!("{:?}", RefreshToken::new("rft.secret")), "RefreshToken(..)");
        assert_eq!(AccessToken::new("act.secret").expose(), "act.secret");
    }
}
