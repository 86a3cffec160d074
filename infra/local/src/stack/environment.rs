//! What a function's process finds around it: Lambda's variables and the template's, and nothing of ours.

use std::collections::BTreeMap;
use std::path::Path;

use aws_stand_in::Credentials;

use super::{StackOptions, StartError};
use crate::Deployment;
use crate::build::Binaries;
use crate::lambda::Spec;
use crate::template::{Function, function_arn};

/// All that is needed to run a function.
pub(super) fn spec(
    function: &Function,
    options: &StackOptions,
    binaries: &Binaries,
    deployment: &Deployment,
) -> Result<Spec, StartError> {
    let binary = binaries.find(&function.binary)?;
    let reserved = function.reserved_concurrency.and_then(|most| usize::try_from(most).ok());
    Ok(Spec {
        logical_id: function.logical_id.clone(),
        arn: function_arn(deployment.aws().region(), &function.name),
        memory_mb: function.memory_mb,
        timeout: function.timeout,
        environment: environment(function, &binary, deployment, deployment.role(&function.logical_id)?),
        binary,
        instances: reserved.unwrap_or(options.instances).min(options.instances),
        memory_allowance: options.memory_allowance,
    })
}

fn environment(
    function: &Function,
    binary: &Path,
    deployment: &Deployment,
    role: &Credentials,
) -> BTreeMap<String, String> {
    let aws = deployment.aws();
    let task_root = binary.parent().unwrap_or(binary).display().to_string();
    let mut environment = function.environment.0.clone();
    let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
    set("AWS_LAMBDA_FUNCTION_NAME", &function.name);
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory_mb.to_string());
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", function.name));
    set("AWS_LAMBDA_LOG_STREAM_NAME", "local");
    if let Some(format) = &function.logging.log_format {
        set("AWS_LAMBDA_LOG_FORMAT", format);
    }
    if let Some(level) = &function.logging.application_log_level {
        set("AWS_LAMBDA_LOG_LEVEL", level);
    }
    set("AWS_REGION", aws.region());
    set("AWS_DEFAULT_REGION", aws.region());
    set("AWS_ACCESS_KEY_ID", &role.access_key_id);
    set("AWS_SECRET_ACCESS_KEY", &role.secret_access_key);
    // The one variable that Lambda does not set: it leads the SDKs to the stand-ins.
    set("AWS_ENDPOINT_URL", aws.endpoint());
    set("_HANDLER", &function.handler);
    set("LAMBDA_TASK_ROOT", &task_root);
    set("LAMBDA_RUNTIME_DIR", "/var/runtime");
    set("LANG", "en_US.UTF-8");
    set("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin");
    set("TZ", ":UTC");
    environment
}
