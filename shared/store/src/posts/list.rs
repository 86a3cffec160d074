//! A tenant's posts by the time they were made, or those that have a time by that one.

use jiff::Timestamp;
use slipway_domain::{PostId, TenantId};

use super::{POST, PostRecord, Posts, pk};
use crate::StoreError;
use crate::item::{Item, key, text, text_of};
use crate::pages::Pages;

/// A post's place in its tenant's list: its time there, and its id for posts of the same moment.
///
/// Written with a fixed number of digits, so that the order of the texts is the order of the times. Only schedules of
/// before are written with fewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageKey {
    text: String,
    post: PostId,
}

impl PageKey {
    /// The place of this post.
    pub fn of(post: &PostRecord) -> Self {
        Self::at(post.created_at, post.id.clone())
    }

    fn at(created_at: Timestamp, post: PostId) -> Self {
        Self { text: format!("{}#{post}", moment(created_at)), post }
    }

    /// Reads a place as it was written by [`PageKey::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        let (at, post) = text.split_once('#')?;
        let place = Self::at(at.parse().ok()?, post.parse().ok()?);
        (place.text == text).then_some(place)
    }

    /// Reads a place in a list by the posts' own times, as it was written by [`PageKey::as_str`].
    pub fn parse_scheduled(text: &str) -> Option<Self> {
        let (at, post) = text.split_once('#')?;
        let _: Timestamp = at.parse().ok()?;
        Some(Self { text: text.to_owned(), post: post.parse().ok()? })
    }

    /// The place as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The time of the place, as the index has it.
    fn at_text(&self) -> &str {
        self.text.split_once('#').map_or(self.text.as_str(), |(at, _)| at)
    }

    /// The post that was there; it may be gone by now.
    pub fn post(&self) -> &PostId {
        &self.post
    }
}

/// A time as the lists have it.
pub(super) fn moment(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// By which time the posts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// When they were made.
    Creation,
    /// When they are, or were, to be published. A post without such a time is not in this list.
    Schedule,
}

/// Which end of the list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The latest post.
    NewestFirst,
    /// The first post.
    OldestFirst,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// By which time.
    pub by: By,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: Order,
}

/// Where to start in a span.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Start<'a> {
    AtTheBeginning,
    Behind(&'a PageKey),
    /// Nothing is left.
    Nowhere,
}

impl Span {
    /// DynamoDB calls an empty range, and a start outside of the range, an error.
    fn start<'a>(&self, from: &str, to: &str, after: Option<&'a PageKey>) -> Start<'a> {
        if from > to {
            return Start::Nowhere;
        }
        let Some(place) = after else { return Start::AtTheBeginning };
        let (before, behind) = (place.as_str() < from, place.as_str() > to);
        match self.order {
            Order::OldestFirst if behind => Start::Nowhere,
            Order::NewestFirst if before => Start::Nowhere,
            _ if before || behind => Start::AtTheBeginning,
            _ => Start::Behind(place),
        }
    }
}

fn post_of(item: &Item) -> Option<&str> {
    text_of(item, "pk")?.strip_prefix(POST)
}

impl Posts {
    /// Up to `most` places behind `after`, and whether there may be more. The index lags a little behind the table.
    pub async fn list(
        &self,
        tenant: &TenantId,
        span: &Span,
        after: Option<&PageKey>,
        most: usize,
    ) -> Result<(Vec<PageKey>, bool), StoreError> {
        let (index, listed_at) = match span.by {
            By::Creation => ("by_tenant", "listed_at"),
            By::Schedule => ("by_schedule", "scheduled_at"),
        };
        // Nothing but digits comes first, and no character of a place comes behind a tilde.
        let from = span.from.map_or_else(|| "0".to_owned(), moment);
        let to = span.to.map_or_else(String::new, moment) + "~";
        let after = match span.start(&from, &to, after) {
            Start::AtTheBeginning => None,
            Start::Behind(place) => Some(place),
            Start::Nowhere => return Ok((Vec::new(), false)),
        };
        let start = after.map(|place| {
            let mut start = key(pk(&place.post), "POST");
            let listed = match span.by {
                By::Creation => place.as_str(),
                By::Schedule => place.at_text(),
            };
            start.extend([("tenant", tenant.as_str()), (listed_at, listed)].map(|(n, v)| (n.to_owned(), text(v))));
            start
        });
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression("tenant = :tenant AND #listed_at BETWEEN :from AND :to")
            .expression_attribute_names("#listed_at", listed_at)
            .expression_attribute_values(":tenant", text(tenant.as_str()))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .scan_index_forward(span.order == Order::OldestFirst);
        let mut pages = Pages::behind(query, start);
        let items = pages.next_of(most).await?.items.unwrap_or_default();
        let places = items.iter().filter_map(|item| {
            let listed = text_of(item, listed_at)?;
            match span.by {
                By::Creation => PageKey::parse(listed),
                By::Schedule => PageKey::parse_scheduled(&format!("{listed}#{}", post_of(item)?)),
            }
        });
        Ok((places.collect(), !pages.are_over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_order_of_their_times_and_read_as_they_are_written() {
        let place = |at: &str| PageKey::at(at.parse().unwrap(), "post_1".parse().unwrap());
        let times = [
            "2026-11-22T11:59:59.999999999Z",
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00.000000001Z",
            "2026-11-22T12:00:00.1Z",
            "2026-11-22T12:00:00.12Z",
            "2026-11-22T12:00:01Z",
        ];
        let places = times.map(place);
        assert!(places.is_sorted_by_key(|place| place.as_str().to_owned()), "{places:?}");
        for place in places {
            assert_eq!(PageKey::parse(place.as_str()), Some(place.clone()));
        }
        for text in ["", "#", "2026-11-22T12:00:00Z#post_1", "2026-11-22T12:00:00.000000000Z#acc_1", "x#post_1"] {
            assert_eq!(PageKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_place_outside_of_the_span_is_before_its_beginning_or_behind_its_end() {
        let place = PageKey::at("2026-11-22T12:00:00Z".parse().unwrap(), "post_1".parse().unwrap());
        let (nine, noon, three) = ("2026-11-22T09", "2026-11-22T12", "2026-11-22T15");
        let (beginning, behind_it, nowhere) = (Start::AtTheBeginning, Start::Behind(&place), Start::Nowhere);
        for (order, from, to, start) in [
            (Order::OldestFirst, nine, three, &behind_it),
            (Order::OldestFirst, three, "~", &beginning),
            (Order::OldestFirst, "0", nine, &nowhere),
            (Order::NewestFirst, nine, three, &behind_it),
            (Order::NewestFirst, three, "~", &nowhere),
            (Order::NewestFirst, "0", nine, &beginning),
            (Order::NewestFirst, noon, nine, &nowhere),
        ] {
            let span = Span { by: By::Creation, from: None, to: None, order };
            assert_eq!(span.start(from, to, Some(&place)), *start, "{order:?} {from} {to}");
        }
        let span = Span { by: By::Creation, from: None, to: None, order: Order::NewestFirst };
        assert_eq!(span.start("0", "~", None), beginning);
    }
}
