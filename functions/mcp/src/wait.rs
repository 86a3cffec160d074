//! Waits for an end, within a call.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize as _;
use slipway_contract::media::MediaStatus;
use slipway_domain::PostStatus;
use tokio::time::{Instant, sleep};

use crate::inside::{Answered, Caller, Inside, Question};

/// The first pause between two looks; each is half as long again as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A status that is waited out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsettled {
    /// Of media.
    Media(MediaStatus),
    /// Of a post.
    Post(PostStatus),
}

impl Unsettled {
    /// As it stands in an answer.
    fn as_str(self) -> &'static str {
        match self {
            Self::Media(status) => status.as_str(),
            Self::Post(status) => status.as_str(),
        }
    }

    /// Whether what was asked for still has it.
    fn is_said_in(self, answered: &Answered) -> bool {
        let said = Said::deserialize(&answered.body);
        answered.status.is_success() && said.is_ok_and(|said| said.status == self.as_str())
    }
}

/// What is read of media and of a post.
#[derive(serde::Deserialize)]
struct Said<'a> {
    status: &'a str,
}

/// Asks until the answer has another status than this one, or the time is over. Each look but the first counts as a request
/// of the tenant's: whoever waits holds a process that others need. Where there are none left the waiting ends.
pub(crate) async fn until_settled(
    inside: &Inside,
    question: &Question,
    caller: &Caller,
    status: Unsettled,
    longest: Duration,
) -> Answered {
    let (begun, mut pause) = (Instant::now(), FIRST_PAUSE);
    let mut answered = inside.ask(question.clone(), caller).await;
    loop {
        let left = longest.saturating_sub(begun.elapsed());
        if !status.is_said_in(&answered) || left.is_zero() {
            return answered;
        }
        sleep(pause.min(left)).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        let looked = inside.ask_counted(question.clone(), caller).await;
        if looked.status == StatusCode::TOO_MANY_REQUESTS {
            return answered;
        }
        answered = looked;
    }
}
