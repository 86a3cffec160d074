//! The first form of an HTML page, filled in as a person would who changes nothing and presses its first button.

/// A form, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where to; empty means the page's own URL.
    pub(crate) action: String,
    /// Sent as a body rather than in the query.
    pub(crate) post: bool,
    /// Names and values.
    pub(crate) fields: Vec<(String, String)>,
}

/// Finds it.
pub(crate) fn first_form(html: &str) -> Option<Form> {
    let mut tags = Tags { rest: html };
    let open = tags.find(|tag| tag.name == "form")?;
    let mut form = Form {
        action: open.value("action").unwrap_or_default(),
        post: open.value("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        fields: Vec::new(),
    };
    let mut pressed = false;
    let mut select: Option<Select> = None;
    while let Some(tag) = tags.next() {
        match tag.name.as_str() {
            "/form" => break,
            "input" => form.fields.extend(input(&tag, &mut pressed)),
            "button" => form.fields.extend(button(&tag, &mut pressed)),
            "textarea" => form.fields.extend(tag.field(&tags.text())),
            "select" => select = tag.value("name").map(|name| Select { name, chosen: None, sure: false }),
            "option" => {
                let value = tag.value("value").unwrap_or_else(|| tags.text().trim().to_owned());
                if let Some(select) = &mut select {
                    select.offer(value, tag.has("selected"));
                }
            }
            "/select" => form.fields.extend(select.take().and_then(Select::field)),
            _ => {}
        }
    }
    Some(form)
}

fn input(tag: &Tag, pressed: &mut bool) -> Option<(String, String)> {
    match tag.value("type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "submit" | "image" if *pressed => None,
        "submit" | "image" => {
            *pressed = true;
            tag.field("")
        }
        "button" | "reset" | "file" => None,
        "checkbox" | "radio" if !tag.has("checked") => None,
        "checkbox" | "radio" => tag.field("on"),
        _ => tag.field(""),
    }
}

fn button(tag: &Tag, pressed: &mut bool) -> Option<(String, String)> {
    let submits = tag.value("type").is_none_or(|kind| kind.eq_ignore_ascii_case("submit"));
    if *pressed || !submits {
        return None;
    }
    *pressed = true;
    tag.field("")
}

struct Select {
    name: String,
    chosen: Option<String>,
    sure: bool,
}

impl Select {
    /// The first option counts until one is marked as selected.
    fn offer(&mut self, value: String, selected: bool) {
        if self.chosen.is_none() || (selected && !self.sure) {
            self.chosen = Some(value);
            self.sure = selected;
        }
    }

    fn field(self) -> Option<(String, String)> {
        Some((self.name, self.chosen?))
    }
}

struct Tag {
    /// In lower case, with a slash in front where it closes.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(key, _)| key == name)
    }

    fn field(&self, otherwise: &str) -> Option<(String, String)> {
        let name = self.value("name").filter(|name| !name.is_empty() && !self.has("disabled"))?;
        Some((name, self.value("value").unwrap_or_else(|| otherwise.to_owned())))
    }
}

/// The tags of a page one by one; text, comments and scripts are passed over.
struct Tags<'a> {
    rest: &'a str,
}

impl Tags<'_> {
    /// The text up to the next tag.
    fn text(&self) -> String {
        unescape(&self.rest[..self.rest.find('<').unwrap_or(self.rest.len())])
    }

    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.find(end).map_or("", |at| &self.rest[at + end.len()..]);
    }

    /// `name="value"`, `name='value'`, `name=value` or `name`; nothing at the tag's end.
    fn attribute(&mut self) -> Option<(String, String)> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end =
            self.rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(self.rest.len());
        let name = self.rest[..end].to_ascii_lowercase();
        self.rest = self.rest[end..].trim_start();
        if name.is_empty() {
            self.skip_past(">");
            return None;
        }
        let Some(value) = self.rest.strip_prefix('=') else { return Some((name, String::new())) };
        let value = value.trim_start();
        let quoted = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quoted {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => value.split_at(value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, unescape(value)))
    }
}

impl Iterator for Tags<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        loop {
            self.rest = &self.rest[self.rest.find('<')? + 1..];
            if self.rest.starts_with("!--") {
                self.skip_past("-->");
                continue;
            }
            let closes = self.rest.starts_with('/');
            let named = self.rest.trim_start_matches('/');
            let end = named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len());
            let name = format!("{}{}", if closes { "/" } else { "" }, named[..end].to_ascii_lowercase());
            self.rest = &named[end..];
            let attributes = std::iter::from_fn(|| self.attribute()).collect();
            if matches!(name.as_str(), "script" | "style") {
                self.skip_past(&format!("</{name}"));
                self.skip_past(">");
                continue;
            }
            return Some(Tag { name, attributes });
        }
    }
}

/// Replaces the character references that forms use.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').and_then(|end| Some((character(&rest[1..end])?, end)));
        if let Some((character, end)) = reference {
            plain.push(character);
            rest = &rest[end + 1..];
        } else {
            plain.push('&');
            rest = &rest[1..];
        }
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(html: &str) -> Vec<(String, String)> {
        first_form(html).unwrap().fields
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_consent_page_is_approved_with_everything_it_asks_for() {
        let page = r#"<!doctype html><html lang=en><meta charset=utf-8><title>x</title><h1>Simulated</h1>
            <form method=post action="/v2/auth/authorize/">
            <input type=hidden name="state" value="a&amp;b&quot;c"><input type=hidden name="redirect_uri" value="http://x/?y=1&amp;z=2">
            <p><select name=sim_user><option value="u1">One</option><option value="u2" selected>Two</option></select></p>
            <label><input type=checkbox name=grant value="video.list" checked> video.list</label>
            <label><input type=checkbox name=grant value="video.publish" checked> video.publish</label>
            <label><input type=checkbox name=grant value="other"> other</label>
            <button name=decision value=approve>Continue</button> <button name=decision value=deny>Cancel</button></form>
            <form><input name=second></form>"#;
        let form = first_form(page).unwrap();
        assert_eq!((form.action.as_str(), form.post), ("/v2/auth/authorize/", true));
        let expected = [
            ("state", r#"a&b"c"#),
            ("redirect_uri", "http://x/?y=1&z=2"),
            ("sim_user", "u2"),
            ("grant", "video.list"),
            ("grant", "video.publish"),
            ("decision", "approve"),
        ];
        assert_eq!(form.fields, pairs(&expected));
    }

    #[test]
    fn fields_are_read_as_a_browser_would_send_them() {
        for (inner, expected) in [
            ("<input name=a><INPUT NAME='b' VALUE='x y'/>", &[("a", ""), ("b", "x y")][..]),
            ("<input name=a value=1 disabled><input value=2>", &[]),
            ("<input type=button name=a value=1><input type=file name=b><input type=reset name=c>", &[]),
            ("<input type=submit name=go value=yes><input type=submit name=go value=no>", &[("go", "yes")]),
            ("<button type=button name=x value=1>x</button><button name=y value=2>y</button>", &[("y", "2")]),
            ("<input type=radio name=r value=1><input type=radio name=r value=2 checked>", &[("r", "2")]),
            ("<input type=checkbox name=c checked>", &[("c", "on")]),
            ("<textarea name=t>a &lt; b</textarea>", &[("t", "a < b")]),
            ("<select name=s><option>first</option><option>second</select>", &[("s", "first")]),
            ("<!-- <input name=no value=1> --><input name=a value='&#39;&#x41;&unknown;&'>", &[("a", "'A&unknown;&")]),
            ("<script>document.write('<input name=no>')</script><input name=a value=1>", &[("a", "1")]),
        ] {
            assert_eq!(fields(&format!("<form>{inner}</form><input name=outside>")), pairs(expected), "{inner}");
        }
    }

    #[test]
    fn a_page_without_a_form_has_none() {
        for page in ["", "<p>hello</p>", "a < b", "<", "<!-- <form> -->"] {
            assert_eq!(first_form(page), None, "{page}");
        }
        let bare = Form { action: String::new(), post: false, fields: vec![] };
        assert_eq!(first_form("<form>"), Some(bare));
    }

    #[test]
    fn a_page_that_ends_anywhere_does_no_harm() {
        let page = "<form action='x'><input name=\"a\" value='&amp;é'><select name=s><option>é &#x41;</select><textarea name=t>x</textarea>\
                    <!-- c --><script>1 < 2</script><button name=b value=1>go</button></form>";
        for (end, _) in page.char_indices() {
            let _ = first_form(&page[..end]);
        }
        assert_eq!(first_form(page).unwrap().fields.len(), 4);
    }
}
