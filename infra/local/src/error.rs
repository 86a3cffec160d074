//! Why a stack does not start.

use std::io;

use crate::BuildError;
use crate::template::TemplateError;

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens on the port.
    #[error("port {port} is in use by another program: stop that program, or choose another port")]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The port can't be listened on for another reason.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The template can't be run.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The stand-ins for AWS did not start.
    #[error(transparent)]
    Aws(#[from] aws_stand_in::StartError),
    /// A stand-in refused to create what the template declares.
    #[error("cannot create {logical_id}: {problem}")]
    Create {
        /// The resource's key in the template.
        logical_id: String,
        /// What the stand-in said.
        problem: String,
    },
    /// There are no binaries to run.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A time-out is given for a function that the template does not declare.
    #[error("a time-out is given for {function}, but the template declares no such function")]
    NoSuchFunction {
        /// The logical id in the options.
        function: String,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}
