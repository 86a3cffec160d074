//! What a template declares, made on the stand-ins: keys, queues, tables, buckets and the functions' roles. No process
//! runs here.

mod create;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_stand_in::{AwsStandIn, Credentials, Options};
use tiktok_sim::Simulator;

use self::create::Created;
use crate::StartError;
use crate::template::{Function, HttpApi, Names, Queue, Template};

/// The project's own template.
pub const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");

/// What a template declares, as it stands on the stand-ins. A [`Stack`](crate::Stack) runs its functions; a test of one
/// function's steps takes the tables, queues and variables that the function would find.
pub struct Deployment {
    aws: AwsStandIn,
    created: Created,
    functions: Vec<Function>,
    /// The keys of the functions' roles, by logical id.
    roles: BTreeMap<String, Credentials>,
    api: Option<HttpApi>,
}

impl Deployment {
    /// Makes all that the template declares. With a folder for data, what is kept there is found again. `{copies_url}` in a
    /// variable stands for where what a CDN would serve is served.
    ///
    /// # Errors
    /// Nothing is left running after an error.
    pub async fn make(
        template: &Path,
        parameters: &BTreeMap<String, String>,
        api_url: &str,
        data: Option<PathBuf>,
    ) -> Result<Self, StartError> {
        let template = Template::read(template, parameters)?;
        let aws = AwsStandIn::start(Options { data, ..Options::default() }).await?;
        let mut names =
            Names { region: aws.region().to_owned(), api_url: api_url.to_owned(), queue_urls: BTreeMap::new() };
        let created = create::all(&template, &mut names, &aws).await?;
        let mut functions = template.functions(&names)?;
        let served_at = created.served_at.as_deref().unwrap_or_default();
        for value in functions.iter_mut().flat_map(|function| function.environment.0.values_mut()) {
            *value = value.replace("{copies_url}", served_at);
        }
        let roles = functions.iter().map(|function| {
            let keys = aws.principal(&function.logical_id, function.policy.clone());
            (function.logical_id.clone(), keys)
        });
        Ok(Self { roles: roles.collect(), functions, api: template.http_api(&names)?, aws, created })
    }

    /// The project's own template against this TikTok, for tests of single functions. Nothing is kept.
    ///
    /// # Errors
    /// As [`Deployment::make`].
    pub async fn of_project(tiktok: &Simulator) -> Result<Self, StartError> {
        Self::make(Path::new(TEMPLATE), &tiktok_parameters(tiktok), "http://localhost:8787", None).await
    }

    /// The stand-ins for S3, DynamoDB, SQS and KMS.
    pub fn aws(&self) -> &AwsStandIn {
        &self.aws
    }

    /// The functions, with the variables and events that the template gives them.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The HTTP API, if the template declares one.
    pub(crate) fn api(&self) -> Option<&HttpApi> {
        self.api.as_ref()
    }

    /// A function, by its logical id.
    ///
    /// # Errors
    /// The template declares no such function.
    pub fn function(&self, logical_id: &str) -> Result<&Function, StartError> {
        let function = self.functions.iter().find(|function| function.logical_id == logical_id);
        function.ok_or_else(|| StartError::NoSuchFunction { function: logical_id.to_owned() })
    }

    /// What SDK clients of a function are made of: the stand-ins' address, and the keys of the function's role.
    ///
    /// # Errors
    /// The template declares no such function.
    pub async fn role_config(&self, function: &str) -> Result<SdkConfig, StartError> {
        let Credentials { access_key_id, secret_access_key } = self.role(function)?;
        Ok(self.config(access_key_id, secret_access_key).await)
    }

    /// The keys of a function's role, by the function's logical id.
    ///
    /// # Errors
    /// The template declares no such function.
    pub fn role(&self, function: &str) -> Result<&Credentials, StartError> {
        self.roles.get(function).ok_or_else(|| StartError::NoSuchFunction { function: function.to_owned() })
    }

    /// What SDK clients are made of that may do everything.
    pub async fn owner_config(&self) -> SdkConfig {
        self.config(self.aws.access_key_id(), self.aws.secret_access_key()).await
    }

    async fn config(&self, access_key_id: &str, secret_access_key: &str) -> SdkConfig {
        let keys = aws_credential_types::Credentials::new(access_key_id, secret_access_key, None, None, "stand-in");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.aws.region()))
            .credentials_provider(keys)
            .endpoint_url(self.aws.endpoint());
        config.load().await
    }

    /// Has this simulator fetch media as TikTok does: the operator has verified the domain, and it leads to what the
    /// template has a CDN serve.
    ///
    /// # Errors
    /// The simulator refuses it.
    pub fn let_fetch(&self, tiktok: &Simulator) -> Result<(), String> {
        let Some(address) = self.created.served_at.clone() else { return Ok(()) };
        tiktok.configure(|config| {
            config.url_properties = vec![format!("https://{PULL_DOMAIN}/pull/")];
            config.url_rewrites = [(format!("https://{PULL_DOMAIN}/"), address)].into();
        })
    }

    /// Where what a CDN would serve is served, if anything is.
    pub fn served_at(&self) -> Option<&str> {
        self.created.served_at.as_deref()
    }

    /// A queue, by its logical id.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.created.queues.values()
    }

    /// Name of a queue in SQS, by its logical id.
    pub fn queue(&self, logical_id: &str) -> Option<&str> {
        Some(&self.created.queues.get(logical_id)?.name)
    }

    /// Name of a table in DynamoDB, by its logical id.
    pub fn table(&self, logical_id: &str) -> Option<&str> {
        self.created.tables.get(logical_id).map(String::as_str)
    }

    /// Name of a bucket in S3, by its logical id.
    pub fn bucket(&self, logical_id: &str) -> Option<&str> {
        self.created.buckets.get(logical_id).map(String::as_str)
    }

    /// ARN of a key in KMS, by its logical id.
    pub fn key(&self, logical_id: &str) -> Option<&str> {
        self.created.keys.get(logical_id).map(String::as_str)
    }
}

/// The template's parameters that make this simulator its TikTok.
pub fn tiktok_parameters(tiktok: &Simulator) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("TikTokClientKey".to_owned(), tiktok.client_key()),
        ("TikTokClientSecret".to_owned(), tiktok.client_secret().expose().to_owned()),
        ("TikTokAuthBaseUrl".to_owned(), tiktok.url()),
        ("TikTokApiBaseUrl".to_owned(), tiktok.url()),
        ("PullDomain".to_owned(), PULL_DOMAIN.to_owned()),
        ("TestPullBaseUrl".to_owned(), "{copies_url}".to_owned()),
    ])
}

/// The operator's domain of local stacks. Nobody can look it up: the simulator is told where it is.
pub const PULL_DOMAIN: &str = "media.slipway.example";
