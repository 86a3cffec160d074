//! The reference for people: a page that can be read as it is. Its script adds what the document says besides.

use std::fmt::Write as _;

use serde_json::Value;

use crate::document;
use crate::operations::{GROUPS, groups};

/// The page.
pub fn page() -> String {
    let document = document();
    let mut page = String::from(HEAD);
    let _ = writeln!(page, "<nav id=\"menu\" aria-label=\"Operations\">");
    for (group, _) in groups() {
        let _ = writeln!(page, "<a href=\"#{group}\">{group}</a>");
    }
    page.push_str(
        "<a href=\"#Events\">Events</a>\n<a href=\"#Errors\">Errors</a>\n</nav>\n<main>\n<section id=\"About\">\n",
    );
    page.push_str(&paragraphs(document["info"]["description"].as_str().unwrap_or_default()));
    page.push_str("</section>\n");
    for ((group, operations), (_, about)) in groups().into_iter().zip(GROUPS) {
        let _ = writeln!(page, "<section id=\"{group}\">\n<h2>{group}</h2>\n<p>{}</p>", inline(about));
        for operation in operations {
            let line = Line {
                id: operation.id,
                method: operation.method,
                path: operation.path,
                summary: operation.summary,
                about: operation.about,
                needs: operation.needs.said(),
            };
            line.write(&mut page);
        }
        page.push_str("</section>\n");
    }
    page.push_str(
        "<section id=\"Events\">\n<h2>Events</h2>\n<p>What endpoints are told: each is a POST to your address, signed as \
         Standard Webhooks has it.</p>\n",
    );
    for (event, said) in document["webhooks"].as_object().into_iter().flatten() {
        let text = |name: &str| said["post"][name].as_str().unwrap_or_default();
        let (id, summary) = (text("operationId"), text("summary"));
        Line { id, method: "EVENT", path: event, summary, about: "", needs: "" }.write(&mut page);
    }
    page.push_str("</section>\n<section id=\"Errors\">\n<h2>Errors</h2>\n");
    page.push_str("<p>Every code that an answer may have, with its HTTP status.</p>\n<table class=\"codes\">\n");
    page.push_str("<thead><tr><th>Status</th><th>Code</th><th>When</th></tr></thead>\n<tbody>\n");
    let codes = &document["components"]["schemas"]["ErrorCode"]["oneOf"];
    for code in codes.as_array().into_iter().flatten() {
        let text = |name: &str| code[name].as_str().unwrap_or_default();
        let (status, about) = (&code["x-http-status"], inline(text("description")));
        let code = Value::as_str(&code["const"]).unwrap_or_default();
        let _ = writeln!(page, "<tr><td>{status}</td><td><code>{code}</code></td><td>{about}</td></tr>");
    }
    page.push_str("</tbody></table>\n</section>\n</main>\n</div>\n</body>\n</html>\n");
    page
}

const HEAD: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="The Slipway API: every operation, with what it takes and answers.">
<title>Slipway API</title>
<link rel="stylesheet" href="/docs/reference.css">
<script src="/docs/reference.js" defer></script>
</head>
<body>
<a class="skip" href="#About">Skip to the text</a>
<header>
<h1><a href="#About">Slipway API</a></h1>
<p class="files"><a href="/v1/openapi.json">openapi.json</a> <a href="/llms.txt">llms.txt</a></p>
<p class="search" hidden><input type="search" placeholder="Search operations" aria-label="Search operations"> <span role="status"></span></p>
</header>
<div class="columns">
"##;

/// One operation or event.
struct Line<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    summary: &'a str,
    about: &'a str,
    needs: &'a str,
}

impl Line<'_> {
    fn write(&self, page: &mut String) {
        let Self { id, method, path, .. } = self;
        let class = method.to_lowercase();
        let _ = writeln!(
            page,
            "<details id=\"{id}\">\n<summary><span class=\"method {class}\">{method}</span> <code>{path}</code> \
             <span class=\"said\">{}</span></summary>",
            inline(self.summary)
        );
        if !self.about.is_empty() {
            let _ = writeln!(page, "<p>{}</p>", inline(self.about));
        }
        if !self.needs.is_empty() {
            let _ = writeln!(page, "<p class=\"needs\">Needs <b>{}</b></p>", inline(self.needs));
        }
        page.push_str("</details>\n");
    }
}

/// The little Markdown that our texts have: paragraphs, bold and code.
fn paragraphs(text: &str) -> String {
    text.split("\n\n").fold(String::new(), |page, paragraph| page + "<p>" + &inline(paragraph) + "</p>\n")
}

fn inline(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    between(&between(&escaped, "`", "code"), "**", "b")
}

fn between(text: &str, mark: &str, tag: &str) -> String {
    let mut parts = text.split(mark).enumerate();
    parts.by_ref().fold(
        String::new(),
        |sum, (number, part)| {
            if number % 2 == 1 { format!("{sum}<{tag}>{part}</{tag}>") } else { sum + part }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_once() {
        let page = page();
        for operation in crate::operations() {
            let line = format!("<details id=\"{}\">", operation.id);
            assert_eq!(page.matches(&line).count(), 1, "{}", operation.id);
        }
        assert!(!page.contains("**"), "a text is not read to its end");
    }

    #[test]
    fn texts_are_escaped_and_marked() {
        assert_eq!(inline("a `<b>` **c** & d"), "a <code>&lt;b&gt;</code> <b>c</b> &amp; d");
    }
}
