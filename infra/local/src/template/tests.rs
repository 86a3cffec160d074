//! What is read from a template, by subject.

mod policies;
mod resources;
mod triggers;
mod values;

use super::*;

fn names() -> Names {
    Names {
        region: "us-east-1".to_owned(),
        api_url: "http://127.0.0.1:8787".to_owned(),
        queue_urls: BTreeMap::from([("Jobs".to_owned(), "http://sqs/Jobs".to_owned())]),
    }
}

fn parse(text: &str) -> Result<Template, TemplateError> {
    Template::parse(text, &BTreeMap::new())
}
