//! What a worker answers about a message.

use std::fmt::Display;
use std::time::Duration;

use tracing::field::display;

/// A worker's answer about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It is done: SQS deletes the message.
    Done,
    /// Deliver it again, after this long if that could be said to SQS, else after the queue's own time-out.
    Again(Duration),
}

impl Handled {
    /// Another one has been faster, or the message can't be read: deliver it again in a second.
    pub const SOON: Self = Self::Again(Duration::from_secs(1));

    /// The answer about a message whose step has ended like this. A worker that was fenced leaves the message to the one
    /// that took over; after any other error the message comes back. The log says so, and what it was `about`.
    pub fn at_end<E: Display>(stepped: Result<Self, E>, is_fenced: impl Fn(&E) -> bool, about: About<'_>) -> Self {
        let (post, account, media) = (about.post.map(display), about.account.map(display), about.media.map(display));
        match stepped {
            Ok(handled) => handled,
            Err(error) if is_fenced(&error) => {
                tracing::info!(
                    post.id = post,
                    account.id = account,
                    media.id = media,
                    "another worker took over; leaving"
                );
                Self::Done
            }
            Err(error) => {
                tracing::warn!(
                    post.id = post, account.id = account, media.id = media, %error,
                    "step failed; the message comes back"
                );
                Self::Again(AFTER_FAULT)
            }
        }
    }
}

/// What a step was about, by the ids that its log lines carry. Those that it does not have are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    post: Option<&'a str>,
    account: Option<&'a str>,
    media: Option<&'a str>,
}

impl<'a> About<'a> {
    /// A target: the ids of its post and its account.
    pub const fn target(post: &'a str, account: &'a str) -> Self {
        Self { post: Some(post), account: Some(account), media: None }
    }

    /// Media: its id.
    pub const fn media(media: &'a str) -> Self {
        Self { post: None, account: None, media: Some(media) }
    }
}

/// How soon a message comes back after a fault of the moment.
pub(crate) const AFTER_FAULT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fenced_worker_leaves_and_any_other_error_brings_the_message_back() {
        let end = |stepped: Result<Handled, &'static str>| {
            Handled::at_end(stepped, |error| *error == "fenced", About::default())
        };
        assert_eq!(end(Ok(Handled::SOON)), Handled::SOON);
        assert_eq!(end(Err("fenced")), Handled::Done);
        assert_eq!(end(Err("broken")), Handled::Again(AFTER_FAULT));
    }
}
