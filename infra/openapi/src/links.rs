//! Where an answer leads: which of its values are parameters of which operations. Programs that know links can make
//! something, show it, change it and delete it without being told how.

use serde_json::{Map, Value, json};

use crate::Operation;

/// What an operation's answer leads to.
struct Leads {
    /// The operation.
    from: &'static str,
    /// The status of the answer.
    status: u16,
    /// Where in the answer the value is.
    value: &'static str,
    /// What it is called where it goes.
    parameter: &'static str,
    /// The operations that take it.
    to: &'static [&'static str],
}

const POST: &[&str] = &[
    "getPost",
    "updatePost",
    "publishPost",
    "retryPost",
    "cancelPost",
    "resolvePost",
    "unpublishPost",
    "deletePost",
    "getPostMetrics",
    "getPostTimeline",
];
const MEDIA: &[&str] = &["getMedia", "getUpload", "completeUpload", "verifyMedia", "abortUpload", "deleteMedia"];
const ACCOUNT: &[&str] =
    &["getAccount", "getCreatorInfo", "getAccountLimits", "getAccountSummary", "syncAccount", "disconnectAccount"];
const WEBHOOK: &[&str] = &[
    "getWebhook",
    "updateWebhook",
    "testWebhook",
    "rotateWebhookSecret",
    "listDeliveries",
    "replayEvents",
    "deleteWebhook",
];
const KEY: &[&str] = &["updateKey", "rotateKey", "revokeKey"];
const BRAND: &[&str] = &["renameBrand", "deleteBrand"];
const DELIVERY: &[&str] = &["getDelivery", "retryDelivery"];

const fn id(from: &'static str, status: u16, value: &'static str, to: &'static [&'static str]) -> Leads {
    Leads { from, status, value, parameter: "id", to }
}

const LEADS: &[Leads] = &[
    id("createPost", 201, "/id", POST),
    id("createPost", 207, "/id", POST),
    id("publishPost", 201, "/id", &["getPost", "cancelPost", "retryPost", "deletePost"]),
    id("cancelPost", 200, "/id", &["getPost", "deletePost"]),
    id("listPosts", 200, "/data/0/id", &["getPost", "getPostTimeline", "getPostMetrics"]),
    id("uploadMedia", 201, "/media_id", MEDIA),
    id("createUploadUrl", 200, "/media_id", MEDIA),
    id("getUploadUrl", 200, "/media_id", MEDIA),
    id("importMedia", 202, "/media_id", MEDIA),
    id("listMedia", 200, "/data/0/id", &["getMedia"]),
    id("listAccounts", 200, "/data/0/id", ACCOUNT),
    Leads { from: "connectAccount", status: 202, value: "/state", parameter: "state", to: &["listAccounts"] },
    id("createBrand", 201, "/id", BRAND),
    Leads {
        from: "createBrand",
        status: 201,
        value: "/id",
        parameter: "brand_ids",
        to: &["listAccounts", "listInvites"],
    },
    id("listBrands", 200, "/data/0/id", &["renameBrand"]),
    id("createInvite", 201, "/id", &["withdrawInvite"]),
    Leads { from: "createInvite", status: 201, value: "/token", parameter: "token", to: &["followInvite"] },
    id("registerRedirectUri", 201, "/id", &["removeRedirectUri"]),
    id("createWebhook", 201, "/id", WEBHOOK),
    id("listWebhooks", 200, "/data/0/id", WEBHOOK),
    Leads { from: "listDeliveries", status: 200, value: "/data/0/id", parameter: "delivery", to: DELIVERY },
    Leads { from: "testWebhook", status: 200, value: "/delivery_id", parameter: "delivery", to: DELIVERY },
    id("createKey", 201, "/id", KEY),
    id("listKeys", 200, "/data/0/id", &["updateKey"]),
];

/// The links of an operation's answer of this status, by name.
pub(crate) fn links(operation: &Operation, status: u16) -> Map<String, Value> {
    let mut links = Map::new();
    for leads in LEADS.iter().filter(|leads| (leads.from, leads.status) == (operation.id, status)) {
        for to in leads.to {
            let mut parameters = Map::new();
            parameters.insert(leads.parameter.to_owned(), json!(format!("$response.body#{}", leads.value)));
            if leads.parameter == "delivery" {
                parameters.insert("id".to_owned(), json!("$request.path.id"));
            }
            links.insert((*to).to_owned(), json!({"operationId": to, "parameters": parameters}));
        }
    }
    let is_list = operation.query.iter().any(|parameter| parameter.name == "cursor");
    if is_list && status == 200 && operation.answers_json() {
        let at = if operation.path == "/v1/events" { "/pagination/next_cursor" } else { "/next_cursor" };
        let next = json!({
            "operationId": operation.id, "parameters": {"cursor": format!("$response.body#{at}")},
            "description": "The next page, where there is one.",
        });
        links.insert("nextPage".to_owned(), next);
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of the document, by a pointer; references are followed.
    fn at<'a>(root: &'a Value, mut value: &'a Value, pointer: &str) -> Option<&'a Value> {
        for part in pointer.split('/').skip(1) {
            while let Some(to) = value["$ref"].as_str() {
                value = root.pointer(to.trim_start_matches('#'))?;
            }
            value = value.get(part)?;
        }
        Some(value)
    }

    #[test]
    fn every_link_takes_what_is_there_to_where_it_is_read() {
        let document = crate::document();
        let operations = crate::operations();
        let find = |id: &str| operations.iter().find(|operation| operation.id == id).unwrap_or_else(|| panic!("{id}"));
        for Leads { from, status, value, parameter, to } in LEADS {
            let (from, status) = (find(from), status.to_string());
            let methods = &document["paths"][from.path][from.method.to_lowercase()];
            let schema = &methods["responses"][&status]["content"]["application/json"]["schema"];
            let inner = value.replace("/0/", "/items/").split('/').skip(1).fold(String::new(), |path, part| {
                if part == "items" { path + "/items" } else { path + "/properties/" + part }
            });
            let found = at(&document, schema, &inner);
            assert!(found.is_some(), "{}: {status} has no {value}", from.id);
            for to in *to {
                let to = find(to);
                let in_query = to.query.iter().any(|known| known.name == *parameter);
                assert!(in_query || to.path.contains(&format!("{{{parameter}}}")), "{} takes no {parameter}", to.id);
            }
        }
    }
}
