//! An agent: a client of the Model Context Protocol, as small as one can be.

use serde_json::{Value, json};

use super::{Answer, World};

/// Speaks for whoever has this key.
pub(crate) struct Agent<'a> {
    world: &'a World,
    key: String,
}

impl World {
    /// An agent with the customer's own key.
    pub(crate) fn agent(&self) -> Agent<'_> {
        self.agent_with(&self.key)
    }

    /// An agent with this key.
    pub(crate) fn agent_with(&self, key: &str) -> Agent<'_> {
        Agent { world: self, key: key.to_owned() }
    }
}

impl Agent<'_> {
    /// The HTTP answer to a message.
    pub(crate) async fn say(&self, method: &str, params: Value) -> Answer {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = self.world.request_with(&self.key, "POST", "/mcp").json(&message);
        let request = request.header("accept", "application/json, text/event-stream");
        let answer = Answer::read(request.send().await.expect("the endpoint answers")).await;
        self.world.has_shown(&answer.body["result"]["structuredContent"]);
        answer
    }

    /// What a tool says, whether it does it or refuses.
    pub(crate) async fn ask(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let mut answer = self.say("tools/call", params).await.expect(200);
        assert!(answer["result"].is_object(), "{tool}: {answer:#}");
        answer["result"].take()
    }

    /// What a tool has done.
    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let mut result = self.ask(tool, arguments).await;
            assert_eq!(result["isError"], false, "{place}: {tool}: {result:#}");
            result["structuredContent"].take()
        }
    }

    /// The code and the text with which a tool refuses.
    #[track_caller]
    pub(crate) fn refused(&self, tool: &str, arguments: Value) -> impl Future<Output = (String, String)> {
        let place = std::panic::Location::caller();
        async move {
            let result = self.ask(tool, arguments).await;
            assert_eq!(result["isError"], true, "{place}: {tool}: {result:#}");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&result["structuredContent"]["error"]["code"]), text(&result["content"][0]["text"]))
        }
    }
}
