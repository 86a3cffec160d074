//! Prompts: ways through the tools that a person may choose.

use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::{Map, Value};

/// A prompt: its name, what it is for, its arguments, and its text, in which `{name}` stands for an argument.
struct Offered {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    arguments: &'static [(&'static str, &'static str)],
    text: &'static str,
}

const ALL: &[Offered] = &[
    Offered {
        name: "publish_a_video",
        title: "Publish a video",
        about: "From a video's address to a post on TikTok, asking the creator whatever is the creator's to say.",
        arguments: &[("url", "The public https address of the video."), ("caption", "What the post says.")],
        text: "Publish the video at {url} to TikTok with this caption: {caption}\n\n\
               1. list_accounts; if there are several, ask me which one is meant.\n\
               2. get_creator_info for it. Tell me the nickname and the privacy levels, and ask me: who may see it? Does it \
               promote my own business, or is it paid for by somebody else? Is it made by AI? May people comment, duet and \
               stitch? Wait for my answers; choose nothing for me.\n\
               3. upload_media_from_url, then get_media with wait_seconds until it is no longer pending.\n\
               4. validate_post with all that I said, and show me what would be published. Say that with it I agree to \
               TikTok's Music Usage Confirmation, and to its Branded Content Policy if it is paid for.\n\
               5. When I agree: create_post with publish_now true and an idempotency_key.\n\
               6. get_post with wait_seconds until it is no longer publishing. Tell me the outcome, and the reason if it \
               failed.",
    },
    Offered {
        name: "explain_a_post",
        title: "Explain what happened to a post",
        about: "What has become of a post, in plain words, and what to do about it.",
        arguments: &[("post_id", "The post's id.")],
        text: "Read get_post and get_post_timeline of {post_id}. Tell me in plain words what happened to it and when, why it \
               waits or failed, who can change that, and which tool would. Do nothing yet.",
    },
];

/// All of them.
pub(crate) fn listed() -> Vec<Prompt> {
    let argument =
        |(name, about): &(&str, &str)| PromptArgument::new(*name).with_description(*about).with_required(true);
    let listed = ALL.iter().map(|offered| {
        let arguments = offered.arguments.iter().map(argument).collect();
        Prompt::new(offered.name, Some(offered.about), Some(arguments)).with_title(offered.title)
    });
    listed.collect()
}

/// The text of one, with these arguments.
pub(crate) fn get(name: &str, arguments: &Map<String, Value>) -> Result<GetPromptResult, ErrorData> {
    let wrong = |message: String| ErrorData::invalid_params(message, None);
    let offered = ALL.iter().find(|offered| offered.name == name);
    let offered = offered.ok_or_else(|| wrong("There is no such prompt. See prompts/list.".to_owned()))?;
    let mut text = offered.text.to_owned();
    for (name, about) in offered.arguments {
        let said = arguments.get(*name).and_then(Value::as_str).filter(|said| !said.is_empty());
        let said = said.ok_or_else(|| wrong(format!("{name} is required. {about}")))?;
        text = text.replace(&format!("{{{name}}}"), said);
    }
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(offered.about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_names_only_tools_that_there_are_and_all_its_arguments() {
        for Offered { name, arguments, text, .. } in ALL {
            for (argument, _) in *arguments {
                assert!(text.contains(&format!("{{{argument}}}")), "{name} does not use {argument}");
            }
            let is_name = |word: &&str| word.contains('_') && !word.contains('{');
            let words = text.split(|c: char| !c.is_alphanumeric() && !"_{}".contains(c)).filter(is_name);
            for word in words {
                let known = crate::tools::find(word).is_some()
                    || ["publish_now", "wait_seconds", "idempotency_key"].contains(&word);
                assert!(known, "{name} names {word}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = Map::from_iter([("post_id".to_owned(), Value::from("post_1"))]);
        assert!(get("explain_a_post", &said).is_ok());
        assert!(get("explain_a_post", &Map::new()).unwrap_err().message.contains("post_id"));
        assert!(get("none", &said).is_err());
    }
}
