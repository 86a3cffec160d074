//! A row as the body that `POST /v1/posts` would take: in the newer dialect, so that nothing is published at once.

use serde_json::{Map, Value};
use slipway_contract::{Issue, json};
use slipway_domain::limits::ROW_MAX_BYTES;
use slipway_domain::{PrivacyLevel, limits};

use super::table::{Column, Row};
use crate::request::{SEE_ACCOUNTS, visibility};

/// What to do about a row that is longer than any that makes sense.
const SHORTEN: &str = "Shorten it; a caption has at most 2,200 UTF-16 units.";

impl Row<'_> {
    /// The body, or every problem of the cells themselves. What the body says is for others to judge.
    pub(super) fn body(&self) -> Result<Map<String, Value>, Vec<Issue>> {
        let mut issues = self.problems();
        if self.size() > ROW_MAX_BYTES {
            let message = format!("the row has {} bytes, at most {ROW_MAX_BYTES} are taken", self.size());
            issues.push(Issue::invalid("file", message, SHORTEN));
        }
        if !issues.is_empty() {
            return Err(issues);
        }
        let mut body = Map::new();
        let texts = [(Column::Text, self.verbatim(Column::Text)), (Column::Title, self.verbatim(Column::Title))];
        let texts = texts.into_iter().chain([(Column::ScheduledAt, self.cell(Column::ScheduledAt))]);
        body.extend(texts.filter_map(|(column, text)| Some((column.name().to_owned(), text?.into()))));
        let accounts = self.list(Column::AccountIds, limits::TARGETS_PER_POST);
        if accounts.is_empty() {
            let cure = format!("Name the account, or several with | between. {SEE_ACCOUNTS}");
            issues.push(Issue::required(Column::AccountIds.name(), cure));
        }
        let targets: Vec<_> = accounts.into_iter().map(|id| object([("account_id", id.into())])).collect();
        body.insert("targets".to_owned(), targets.into());
        body.extend(self.media().map(|(name, media)| (name.to_owned(), media)));
        let settings = self.settings(&mut issues);
        body.insert("platform_data".to_owned(), settings.into());
        if issues.is_empty() { Ok(body) } else { Err(issues) }
    }

    /// The media by ids alone, or by ids and addresses in that order.
    fn media(&self) -> Option<(&'static str, Value)> {
        let most = limits::PHOTOS_PER_POST;
        let (ids, urls) = (self.list(Column::MediaIds, most), self.list(Column::MediaUrl, most));
        if urls.is_empty() {
            return (!ids.is_empty()).then(|| ("media_ids", ids.into()));
        }
        let source = |kind: &str, source: &str| object([("source_type", kind.into()), ("source", source.into())]);
        let ids = ids.into_iter().map(|id| source("media_id", id));
        Some(("media", ids.chain(urls.into_iter().map(|url| source("url", url))).collect()))
    }

    /// `platform_data` with the privacy level of `visibility`: `{"tiktok": {…}}` or what would stand in it.
    fn settings(&self, issues: &mut Vec<Issue>) -> Map<String, Value> {
        let mut data = match self.cell(Column::PlatformData).map(|cell| json::read(cell.as_bytes())) {
            None => Map::new(),
            Some(Ok(Value::Object(data))) => data,
            Some(_) => {
                let cure = "Write {\"tiktok\": {…}}; in CSV the cell is in quotes, and each quote in it is doubled.";
                issues.push(self.invalid(Column::PlatformData, "is no JSON object with each name once", cure));
                Map::new()
            }
        };
        if !data.is_empty() && !data.contains_key("tiktok") {
            data = Map::from_iter([("tiktok".to_owned(), Value::Object(data))]);
        }
        let Some(word) = self.cell(Column::Visibility) else { return data };
        let Some(level) = PrivacyLevel::spelt(word) else {
            issues.push(self.invalid(Column::Visibility, "is no visibility", visibility::CURE));
            return data;
        };
        let tiktok = data.entry("tiktok").or_insert_with(|| Value::Object(Map::new()));
        // What is no object is refused with the rest of the body.
        let Some(tiktok) = tiktok.as_object_mut() else { return data };
        // As everywhere, null and a blank count as left out.
        match tiktok.get("privacy_level").filter(|value| !value.is_null() && value.as_str() != Some("")) {
            Some(other) if other.as_str() != Some(level.as_str()) => {
                let what = "and the privacy_level of platform_data contradict each other";
                issues.push(self.invalid(Column::Visibility, what, "Leave one of the two empty."));
            }
            _ => _ = tiktok.insert("privacy_level".to_owned(), level.as_str().into()),
        }
        data
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>().into()
}

/// The column that a field of the body came out of.
pub(super) fn column_of(field: &str) -> &str {
    if field.ends_with("privacy_level") {
        return Column::Visibility.name();
    }
    match field.split(['.', '[']).next().unwrap_or_default() {
        "targets" => Column::AccountIds.name(),
        "media" => Column::MediaUrl.name(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slipway_contract::Diagnostics;

    use super::super::table::Table;
    use super::*;

    /// The body of a file's one row, or the columns with problems.
    fn read(header: &str, row: &str) -> Result<Value, Vec<String>> {
        let mut noted = Diagnostics::default();
        let table = Table::read(format!("{header}\n{row}\n").as_bytes(), &mut noted);
        assert!(noted.issues.is_empty(), "{:?}", noted.issues);
        let body = table.rows().remove(0).body();
        body.map(Value::Object).map_err(|issues| issues.into_iter().map(|issue| issue.field).collect())
    }

    #[test]
    fn how_long_a_caption_may_be_is_what_callers_are_told() {
        assert_eq!((slipway_domain::Caption::MAX_UTF16_UNITS, SHORTEN.contains("2,200")), (2_200, true));
    }

    #[test]
    fn a_row_is_a_body_of_the_newer_dialect() {
        let header = "text,title,account_ids,scheduled_at,visibility,platform_data,media_ids";
        let row = r#"" Hi, all ",A title,acc_1 | acc_2, 2026-12-24T18:00:00Z ,friends,"{""tiktok"":{""is_aigc"":true}}",med_1"#;
        let body = json!({
            "text": " Hi, all ",
            "title": "A title",
            "targets": [{"account_id": "acc_1"}, {"account_id": "acc_2"}],
            "scheduled_at": "2026-12-24T18:00:00Z",
            "media_ids": ["med_1"],
            "platform_data": {"tiktok": {"is_aigc": true, "privacy_level": "MUTUAL_FOLLOW_FRIENDS"}},
        });
        assert_eq!(read(header, row), Ok(body));
    }

    #[test]
    fn media_is_named_by_ids_or_by_ids_and_addresses() {
        let media = |ids: &str, urls: &str| {
            let body = read("account_ids,media_ids,media_url", &format!("acc_1,{ids},{urls}")).unwrap();
            (body["media_ids"].clone(), body["media"].clone())
        };
        assert_eq!(media("med_1|med_2", ""), (json!(["med_1", "med_2"]), Value::Null));
        assert_eq!(media("", ""), (Value::Null, Value::Null));
        let both =
            json!([{"source_type": "media_id", "source": "med_1"}, {"source_type": "url", "source": "https://a/b"}]);
        assert_eq!(media("med_1", "https://a/b"), (Value::Null, both));
    }

    #[test]
    fn a_visibility_is_a_word_or_tiktoks_name_and_never_assumed() {
        for (word, level) in [
            ("public", json!("PUBLIC_TO_EVERYONE")),
            ("Friends", json!("MUTUAL_FOLLOW_FRIENDS")),
            ("followers", json!("FOLLOWER_OF_CREATOR")),
            ("private", json!("SELF_ONLY")),
            ("self_only", json!("SELF_ONLY")),
            ("PUBLIC_TO_EVERYONE", json!("PUBLIC_TO_EVERYONE")),
            ("", Value::Null),
        ] {
            let body = read("account_ids,visibility", &format!("acc_1,{word}")).unwrap();
            assert_eq!(body["platform_data"]["tiktok"]["privacy_level"], level, "{word}");
        }
        for word in ["everyone", "unlisted", "pUBLIC", "0"] {
            assert_eq!(read("account_ids,visibility", &format!("acc_1,{word}")), Err(vec!["visibility".to_owned()]));
        }
    }

    #[test]
    fn settings_stand_in_tiktok_or_by_themselves_and_contradict_nothing() {
        let header = "account_ids,visibility,platform_data";
        for (row, found) in [
            (r#"acc_1,,"{""is_aigc"":true}""#, Ok(json!({"tiktok": {"is_aigc": true}}))),
            (
                r#"acc_1,private,"{""privacy_level"":""SELF_ONLY""}""#,
                Ok(json!({"tiktok": {"privacy_level": "SELF_ONLY"}})),
            ),
            (r#"acc_1,private,"{""privacy_level"":""""}""#, Ok(json!({"tiktok": {"privacy_level": "SELF_ONLY"}}))),
            (r#"acc_1,private,"{""tiktok"":7}""#, Ok(json!({"tiktok": 7}))),
            ("acc_1,,{}", Ok(json!({}))),
            (r#"acc_1,private,"{""privacy_level"":""PUBLIC_TO_EVERYONE""}""#, Err("visibility")),
            (r#"acc_1,private,"{""privacy_level"":7}""#, Err("visibility")),
            ("acc_1,,[]", Err("platform_data")),
            ("acc_1,,tiktok", Err("platform_data")),
            (r#"acc_1,,"{""a"":1,""a"":2}""#, Err("platform_data")),
        ] {
            let read = read(header, row).map(|body| body["platform_data"].clone());
            assert_eq!(read, found.map_err(|column| vec![column.to_owned()]), "{row}");
        }
    }

    #[test]
    fn all_problems_of_the_cells_come_at_once_and_a_row_is_bounded() {
        let problems = read("account_ids,visibility,platform_data", " ,x,y").unwrap_err();
        assert_eq!(problems, ["account_ids", "platform_data", "visibility"]);
        let long = read("account_ids,text", &format!("acc_1,{}", "x".repeat(ROW_MAX_BYTES)));
        assert_eq!(long, Err(vec!["file".to_owned()]));
        let many = read("account_ids", &vec!["acc_1"; 1000].join("|")).unwrap();
        assert_eq!(many["targets"].as_array().unwrap().len(), limits::TARGETS_PER_POST + 1, "as many as are refused");
    }
}
