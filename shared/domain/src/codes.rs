//! Vocabularies that others may add words to: each is an enum that keeps a word it does not know.

/// Declares a vocabulary of somebody else's, with its words on the wire. Stored and shown they are these words.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $text:literal $(| $also:literal)* ),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )+
            /// A word that was not known when this was written: its first 100 characters.
            Other(String),
        }

        impl $name {
            /// Every word that was known when this was written.
            pub fn known() -> impl Iterator<Item = Self> {
                [$( Self::$variant ),+].into_iter()
            }

            /// The word on the wire, in the spelling of the reference where there are two.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text,
                }
            }

            /// Reads a word. Of one that is not known the first 100 characters count.
            pub fn parse(text: &str) -> Self {
                match text {
                    $( $text $(| $also)* => Self::$variant, )+
                    other => Self::Other(other.chars().take(100).collect()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.as_str().to_owned()
            }
        }

        #[cfg(test)]
        impl $name {
            pub(crate) const ALL: &[(&'static str, Self)] = &[ $( ($text, Self::$variant), $( ($also, Self::$variant), )* )+ ];
        }
    };
}

pub(crate) use codes;
