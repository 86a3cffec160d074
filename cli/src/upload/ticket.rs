//! What the API says about an upload: where its bytes go, and which are there.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::id::MediaId;
use crate::problem::Problem;

/// The answer to `POST /v1/media/upload-url`.
#[derive(Deserialize)]
pub(super) struct Ticket {
    pub(super) media_id: MediaId,
    /// Takes the whole file in one PUT. Signed: never shown.
    pub(super) upload_url: String,
    /// Must go with that PUT.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// For large files.
    #[serde(default)]
    parts: Option<Vec<PartView>>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

/// The answer to `GET /v1/media/{id}/upload`.
#[derive(Deserialize)]
pub(super) struct Progress {
    size_bytes: u64,
    parts: Vec<PartView>,
}

#[derive(Deserialize)]
struct PartView {
    number: u32,
    size: u64,
    #[serde(default)]
    uploaded: bool,
    #[serde(default)]
    url: Option<String>,
}

/// How a file is cut, and where each part goes. The parts cover the file, in order.
pub(super) struct Plan {
    pub(super) parts: Vec<Part>,
}

/// A part of the file.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) number: u32,
    pub(super) offset: u64,
    pub(super) size: u64,
    /// Where to PUT it; nothing if it is there. Signed: never shown.
    pub(super) url: Option<String>,
}

impl Ticket {
    /// How to send a large file; nothing if it goes in one piece.
    pub(super) fn plan(&mut self, size_bytes: u64) -> Result<Option<Plan>, Problem> {
        self.parts.take().map(|parts| Plan::of(parts, size_bytes)).transpose()
    }
}

impl Progress {
    /// What is left to send of a file of this size.
    pub(super) fn plan(self, size_bytes: u64) -> Result<Plan, Problem> {
        if self.size_bytes != size_bytes {
            return Err(senseless("it is of another size"));
        }
        Plan::of(self.parts, size_bytes)
    }
}

impl Plan {
    fn of(mut parts: Vec<PartView>, size_bytes: u64) -> Result<Self, Problem> {
        parts.sort_by_key(|part| part.number);
        let mut offset: u64 = 0;
        let mut plan = Vec::with_capacity(parts.len());
        for (part, number) in parts.into_iter().zip(1..) {
            if part.number != number || part.size == 0 {
                return Err(senseless("its parts are not in a row"));
            }
            let url = match (part.uploaded, part.url) {
                (true, _) => None,
                (false, Some(url)) => Some(url),
                (false, None) => return Err(senseless("a part has no URL")),
            };
            plan.push(Part { number, offset, size: part.size, url });
            offset = offset.checked_add(part.size).ok_or_else(|| senseless("its parts are too large"))?;
        }
        if offset == size_bytes { Ok(Self { parts: plan }) } else { Err(senseless("its parts are not the file")) }
    }

    /// Bytes that are there.
    pub(super) fn there(&self) -> u64 {
        self.parts.iter().filter(|part| part.url.is_none()).map(|part| part.size).sum()
    }
}

fn senseless(why: &str) -> Problem {
    Problem::failure(format!("the API describes the upload in a way that makes no sense: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn plan(parts: &Json, size: u64) -> Result<Plan, Problem> {
        let answer =
            json!({"media_id": "med_1", "status": "pending", "size_bytes": 25, "part_size": 10, "parts": parts});
        serde_json::from_value::<Progress>(answer).unwrap().plan(size)
    }

    #[test]
    fn what_is_missing_is_known_with_its_place_in_the_file() {
        let parts = json!([
            {"number": 3, "size": 5, "uploaded": false, "url": "u3"},
            {"number": 1, "size": 10, "uploaded": false, "url": "u1"},
            {"number": 2, "size": 10, "uploaded": true},
        ]);
        let plan = plan(&parts, 25).unwrap();
        assert_eq!(plan.there(), 10);
        let missing: Vec<_> =
            plan.parts.iter().filter(|part| part.url.is_some()).map(|part| (part.number, part.offset)).collect();
        assert_eq!(missing, [(1, 0), (3, 20)]);
    }

    #[test]
    fn parts_that_are_not_the_file_are_not_sent() {
        let part = |number: u32, size: u64| json!({"number": number, "size": size, "url": "u"});
        for (parts, size) in [
            (json!([part(1, 10), part(2, 10)]), 25),
            (json!([part(1, 10), part(3, 15)]), 25),
            (json!([part(1, 25), part(1, 25)]), 25),
            (json!([part(1, 10), part(2, 0), part(3, 15)]), 25),
            (json!([part(1, u64::MAX), part(2, 26)]), 25),
            (json!([{"number": 1, "size": 25}]), 25),
            (json!([]), 25),
            (json!([part(1, 25)]), 26),
        ] {
            assert!(plan(&parts, size).is_err(), "{parts}");
        }
    }

    #[test]
    fn a_small_file_goes_in_one_piece() {
        let answer =
            json!({"media_id": "med_1", "upload_url": "u", "headers": {"content-type": "video/mp4"}, "warnings": []});
        let mut ticket: Ticket = serde_json::from_value(answer).unwrap();
        assert!(ticket.plan(25).unwrap().is_none());
    }
}
