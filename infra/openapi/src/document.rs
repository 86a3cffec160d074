//! The whole document.

use serde_json::{Map, Value, json};
use slipway_domain::ApiScope;
use slipway_domain::limits::{LONGEST_KEY, STRANGERS_SHORTEST};

use crate::examples::Examples;
use crate::operation::Body;
use crate::operations::{GROUPS, groups};
use crate::requests::PROTOCOL_VERSIONS;
use crate::responses::shared;
use crate::schemas::Schemas;
use crate::webhooks::webhooks;
use crate::{Needs, Operation};

/// What everybody has to know before anything else, in Markdown.
const ABOUT: &str = include_str!("about.md");

/// The description of the API, as `openapi.json` has it. The same each time.
pub fn document() -> Value {
    let (mut schemas, examples) = (Schemas::new(), Examples::read());
    let mut paths: Map<String, Value> = Map::new();
    for (group, operations) in groups() {
        for operation in operations {
            let described = operation.described(group, &mut schemas, &examples);
            let path = paths.entry(operation.path).or_insert_with(|| Value::Object(Map::new()));
            if let Some(methods) = path.as_object_mut() {
                methods.insert(operation.method.to_lowercase(), described);
            }
        }
    }
    let (responses, webhooks) = (shared(&mut paths), webhooks(&mut schemas, &examples));
    let tags: Vec<_> = GROUPS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Slipway",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Publishes videos and photos to TikTok for many creators.",
            "description": ABOUT.trim_end(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The deployment that serves this document."}],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas.into_components(),
            "responses": responses,
            "parameters": parameters(),
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

impl Operation {
    fn described(&self, group: &str, schemas: &mut Schemas, examples: &Examples) -> Value {
        let mut operation = Map::new();
        let mut set = |name: &str, value: Value| operation.insert(name.to_owned(), value);
        set("operationId", json!(self.id));
        set("tags", json!([group]));
        set("summary", json!(self.summary));
        if !self.about.is_empty() {
            set("description", json!(self.about));
        }
        set("security", self.security());
        set("x-needs", json!(self.needs.said()));
        set("parameters", self.parameters());
        match &self.body {
            Body::Nothing => {}
            Body::Json { schema, required } => {
                let mut content = Map::from_iter([("schema".to_owned(), schemas.sent(*schema))]);
                if let Some(example) = examples.request(self.id) {
                    content.insert("example".to_owned(), example.clone());
                }
                set("requestBody", json!({"required": required, "content": {"application/json": content}}));
            }
            Body::File { about, most } => {
                let file = json!({"type": "string", "format": "binary", "maxLength": most, "description": about});
                let schema = json!({"type": "object", "required": ["file"], "properties": {"file": file}});
                set("requestBody", json!({"required": true, "content": {"multipart/form-data": {"schema": schema}}}));
            }
        }
        set("responses", self.responses(schemas, examples));
        Value::Object(operation)
    }

    /// Of a key a document of this version may list the roles that it must have: our scopes.
    fn security(&self) -> Value {
        match self.needs {
            Needs::Scope(scope) => json!([{"key": [scope.as_str()]}]),
            Needs::Unrestricted | Needs::AnyKey => json!([{"key": []}]),
            Needs::Nothing => json!([]),
            Needs::Signature => json!([{"tiktok": []}]),
        }
    }

    /// What the id in the path is of.
    fn thing(&self) -> &'static str {
        let things = [
            ("/v1/media/", "media item"),
            ("/v1/accounts/", "account"),
            ("/v1/platforms/", "account"),
            ("/v1/brands/", "brand"),
            ("/v1/webhooks/", "webhook"),
            ("/v1/invites/", "invite"),
            ("/v1/oauth/redirect-uris/", "redirect URI"),
            ("/v1/keys/", "API key"),
        ];
        things.into_iter().find(|(start, _)| self.path.starts_with(start)).map_or("post", |(_, thing)| thing)
    }

    fn parameters(&self) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for hole in self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let about = match hole {
                "token" => "The secret part of the invite's link.".to_owned(),
                "delivery" => "The delivery's id.".to_owned(),
                _ if self.id == "getPost" => "The post's id, or TikTok's id of the video.".to_owned(),
                _ => format!("The id of the {}.", self.thing()),
            };
            let schema = json!({"type": "string", "minLength": 1});
            all.push(json!({"name": hole, "in": "path", "required": true, "description": about, "schema": schema}));
        }
        all.extend(self.query.iter().map(crate::parameter::Parameter::described));
        let mut shared = Vec::new();
        if self.takes_key {
            shared.push(if self.needs == Needs::Nothing { STRANGERS_KEY } else { "Idempotency-Key" });
        }
        if self.is_strict_on_demand() {
            shared.push("Prefer");
        }
        if self.is_a_file() {
            shared.push("If-None-Match");
        }
        if self.is_of_agents() {
            shared.extend(["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"]);
        }
        shared.push("X-Request-ID");
        all.extend(shared.into_iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
        Value::Array(all)
    }
}

impl Needs {
    /// What a caller needs, in a few words.
    pub fn said(self) -> &'static str {
        match self {
            Self::Scope(scope) => scope.as_str(),
            Self::Unrestricted => "a key without restrictions",
            Self::AnyKey => "any key",
            Self::Nothing => "no key",
            Self::Signature => "TikTok's signature",
        }
    }
}

/// The `Idempotency-Key` of whoever has no API key.
const STRANGERS_KEY: &str = "Idempotency-Key-of-strangers";
/// A text of ASCII that can be seen, with blanks between. Those around a header's value are no part of it.
const VISIBLE: &str = r"^[!-~]([\t -~]*[!-~])?$";

fn parameters() -> Value {
    json!({
        "Idempotency-Key": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A name of your own for this request. Repeated with the same key within 24 hours, it is carried \
                out once and gets the first answer again. The same key with another body is refused.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": VISIBLE},
        },
        STRANGERS_KEY: {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A random name of your own for this request, such as a UUID: whoever guesses it gets the answer, \
                too. Repeated with the same key within 24 hours, it is carried out once and gets the first answer again.",
            "schema": {"type": "string", "minLength": STRANGERS_SHORTEST, "maxLength": LONGEST_KEY, "pattern": VISIBLE},
        },
        "If-None-Match": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` of what you have: if it has not changed, the answer is an empty 304.",
            "schema": {"type": "string"},
        },
        "MCP-Protocol-Version": {
            "name": "MCP-Protocol-Version", "in": "header", "required": false,
            "description": "The version of the Model Context Protocol. From 2026-07-28 on `_meta` says the same.",
            "schema": {"type": "string", "enum": PROTOCOL_VERSIONS},
        },
        "Mcp-Method": {
            "name": "Mcp-Method", "in": "header", "required": false,
            "description": "The message's `method`. Required from version 2026-07-28 on.",
            "schema": {"type": "string"},
        },
        "Mcp-Name": {
            "name": "Mcp-Name", "in": "header", "required": false,
            "description": "The `name` or `uri` in the message's `params`. Required with it from version 2026-07-28 on.",
            "schema": {"type": "string"},
        },
        "Prefer": {
            "name": "Prefer", "in": "header", "required": false,
            "description": "With `handling=strict`, fields and parameters that the route does not know are refused instead \
                of being named in `warnings`.",
            "schema": {"type": "string"},
            "example": "handling=lenient",
        },
        "X-Request-ID": {
            "name": "X-Request-ID", "in": "header", "required": false,
            "description": "Your own id for the request, which the answer and the log repeat. It has 1 to 64 of the characters \
                `a-z`, `A-Z`, `0-9`, `_` and `-`; anything else is replaced by an id of ours.",
            "schema": {"type": "string"},
            "example": "order-1",
        },
    })
}

fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    let (text, number) = (json!({"type": "string"}), json!({"type": "integer", "minimum": 0}));
    json!({
        "X-Request-ID": header("The id of the request.", text.clone()),
        "X-RateLimit-Limit": header("Requests that the tenant may make per minute.", number.clone()),
        "X-RateLimit-Remaining": header("Requests that are left in this minute.", number.clone()),
        "X-RateLimit-Reset": header("Seconds until the next minute begins.", number.clone()),
        "Retry-After": header("Seconds after which the request may be repeated.", number.clone()),
        "Idempotency-Replayed": header("`true` if this is the first answer, given again.", json!({"const": "true"})),
        "Location": header("The address to go to.", text.clone()),
        "ETag": header("The version of the file.", text),
        "X-Posts-Limit": header("Posts that the plan allows in 30 days, if it limits them.", number.clone()),
        "X-Posts-Remaining": header("Posts that are left.", number.clone()),
        "X-Storage-Used": header("Bytes of media in use, if the plan limits them.", number.clone()),
        "X-Storage-Limit": header("Bytes of media that the plan allows.", number),
    })
}

fn security_schemes() -> Value {
    let scopes: Map<String, Value> =
        ApiScope::ALL.iter().map(|scope| (scope.as_str().to_owned(), json!(scope.description()))).collect();
    json!({
        "key": {
            "type": "http", "scheme": "bearer",
            "description": "An API key: `Authorization: Bearer slip_live_…`. It may be limited to scopes and brands.",
            "x-scopes": scopes,
        },
        "tiktok": {
            "type": "apiKey", "in": "header", "name": "TikTok-Signature",
            "description": "TikTok's signature of a webhook.",
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde::Serialize as _;
    use slipway_contract::ErrorCode;

    use super::*;

    /// A line for each value, so that changes can be read, and no more spaces than that needs.
    fn written(document: &Value) -> String {
        let mut text = Vec::new();
        let lines = serde_json::ser::PrettyFormatter::with_indent(b" ");
        document.serialize(&mut serde_json::Serializer::with_formatter(&mut text, lines)).unwrap();
        String::from_utf8(text).unwrap() + "\n"
    }

    fn committed(name: &str, now: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&file, now).unwrap();
        }
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let first = before.lines().zip(now.lines()).position(|(before, now)| before != now);
        let Some(line) = first.or((before != now).then(|| before.lines().count().min(now.lines().count()))) else {
            return;
        };
        let near = |text: &str| text.lines().skip(line.saturating_sub(3)).take(8).collect::<Vec<_>>().join("\n");
        panic!(
            "{name} is not what the types say, from line {} on. If that was meant:\n\
             UPDATE_OPENAPI=1 cargo test --workspace --locked --lib openapi\n\n\
             --- {name}\n{}\n\n--- the types\n{}\n",
            line + 1,
            near(&before),
            near(now)
        );
    }

    #[test]
    fn openapi_json_is_what_the_types_say() {
        committed("openapi.json", &written(&document()));
    }

    #[test]
    fn llms_txt_is_what_the_openapi_json_says() {
        committed("llms.txt", &crate::llms());
    }

    #[test]
    fn the_page_is_what_the_openapi_says() {
        committed("functions/workspace/reference/index.html", &crate::page());
    }

    #[test]
    fn the_document_is_the_same_each_time() {
        assert_eq!(document().to_string(), document().to_string());
    }

    #[test]
    fn every_error_code_stands_with_an_operation_that_raises_it() {
        let raised: BTreeSet<_> =
            crate::operations().iter().flat_map(Operation::all_codes).map(|(_, code)| code).collect();
        let all: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        // What no operation raises is raised where there is none: another path, another method.
        let missing: Vec<_> = all.difference(&raised).copied().collect();
        assert_eq!(missing, ["http.405"]);
    }

    #[test]
    fn every_name_of_an_operation_is_used_once() {
        let operations = crate::operations();
        let names: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(names.len(), operations.len());
        let routes: BTreeSet<_> = operations.iter().map(|operation| (operation.method, operation.path)).collect();
        assert_eq!(routes.len(), operations.len());
        for operation in operations {
            assert!(!operation.answers.is_empty(), "{}: what does it answer?", operation.id);
            assert!(!operation.summary.ends_with('.'), "{}: a summary has no full stop", operation.id);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn follow(value: &Value, root: &Value, seen: &mut usize) {
            match value {
                Value::Object(object) => {
                    if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                        assert!(root.pointer(to.trim_start_matches('#')).is_some(), "{to} leads nowhere");
                        *seen += 1;
                    }
                    object.values().for_each(|value| follow(value, root, seen));
                }
                Value::Array(list) => list.iter().for_each(|value| follow(value, root, seen)),
                _ => {}
            }
        }
        let (document, mut seen) = (document(), 0);
        follow(&document, &document, &mut seen);
        assert!(seen > 300, "{seen}");
    }
}
