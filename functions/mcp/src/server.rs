//! What the protocol asks of a server, over the tools, resources and prompts.

use std::borrow::Cow;

use http::request::Parts;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorCode, GetPromptRequestParams, GetPromptResponse, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig,
    ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

use crate::inside::{Caller, Inside};
use crate::tool::{Effect, Tool};
use crate::{call, prompts, resources, schemas, tools};

/// The newest version first spoken without sessions, and those before it that know structured answers.
pub(crate) const VERSIONS: &[ProtocolVersion] =
    &[ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// What every agent has to know before it calls anything.
const INSTRUCTIONS: &str = include_str!("instructions.md");

/// Keeps nothing between two messages.
#[derive(Clone)]
pub(crate) struct Server {
    inside: Inside,
}

impl Server {
    pub(crate) fn new(inside: Inside) -> Self {
        Self { inside }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_prompts().enable_resources().enable_tools().build();
        let name = Implementation::new("slipway", env!("CARGO_PKG_VERSION")).with_title("Slipway");
        ServerConfig::new(capabilities).with_server_info(name).with_instructions(INSTRUCTIONS)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all().map(listed).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::find(&request.name) else {
            return Err(ErrorData::new(ErrorCode::INVALID_PARAMS, "There is no such tool. See tools/list.", None));
        };
        let arguments = request.arguments.unwrap_or_default();
        Ok(call::call(&self.inside, tool, arguments, &caller(&context)?).await.into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::listed()))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(resources::read(&self.inside, &request.uri, &caller(&context)?).await?.into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::listed()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(prompts::get(&request.name, &request.arguments.unwrap_or_default())?.into())
    }
}

/// Who sent the message. The request's own headers come with it.
fn caller(context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    parts.map(Caller::of).ok_or_else(|| ErrorData::internal_error("The message came without a request.", None))
}

/// A tool as clients see it.
fn listed(tool: &'static Tool) -> rmcp::model::Tool {
    let hints = ToolAnnotations::with_title(tool.title)
        .read_only(tool.effect == Effect::Reads)
        .destructive(tool.effect == Effect::Changes)
        .idempotent(matches!(tool.effect, Effect::Reads | Effect::Settles))
        .open_world(tool.is_open);
    rmcp::model::Tool::new(tool.name, tool.about, schemas::input(tool))
        .with_title(tool.title)
        .with_raw_output_schema(schemas::output(tool))
        .with_annotations(hints)
}
