//! What errors came of, in one line.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// What an error came of. It is shown with all that it came of in turn, so that a log line has the whole chain whoever
/// writes it. Only what errors say of themselves is shown, never their `Debug`, which may hold a body: it is its own.
#[derive(Clone)]
pub struct Chain(Arc<dyn Error + Send + Sync>);

impl Chain {
    /// The chain that ends with this error, or with a text where there is no error to keep.
    pub fn of(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        chain(&*self.0).fmt(f)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({self})")
    }
}

impl PartialEq for Chain {
    /// Chains are the same that say the same.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Chain {}

impl Error for Chain {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// Shows an error with all that it came of, for the log.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl fmt::Display + use<'a> {
    let errors = std::iter::successors(Some(error), |error| (*error).source());
    fmt::from_fn(move |f| {
        let mut said = String::new();
        for error in errors.clone() {
            let text = error.to_string();
            // Many an error repeats what it came of.
            if !said.contains(&text) {
                let colon = if said.is_empty() { "" } else { ": " };
                said.push_str(colon);
                said.push_str(&text);
            }
        }
        f.write_str(&said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the table did not answer: {0}")]
    struct Table(#[source] Chain);

    #[derive(Debug, thiserror::Error)]
    #[error("dispatch failure")]
    struct Dispatch(#[source] std::io::Error);

    #[test]
    fn a_log_line_has_the_whole_chain_and_each_cause_once() {
        let refused = || std::io::Error::other("connection refused");
        let error = Table(Chain::of(Dispatch(refused())));
        assert_eq!(error.to_string(), "the table did not answer: dispatch failure: connection refused");
        assert_eq!(chain(&error).to_string(), error.to_string());
        assert_eq!(Table(Chain::of("no answer")).to_string(), "the table did not answer: no answer");
    }

    #[test]
    fn what_an_error_keeps_to_itself_is_not_printed() {
        #[derive(Debug, thiserror::Error)]
        #[error("the answer can't be read")]
        struct Unreadable {
            body: &'static str,
        }
        let error = Table(Chain::of(Unreadable { body: "a caption" }));
        assert_eq!(format!("{error:?}"), "Table(Chain(the answer can't be read))");
    }

    #[test]
    fn the_cause_itself_can_be_found_again() {
        let error = Table(Chain::of(Dispatch(std::io::Error::other("connection refused"))));
        let mut causes = std::iter::successors(error.source(), |error| (*error).source());
        assert!(causes.any(<dyn Error>::is::<Dispatch>));
    }
}
