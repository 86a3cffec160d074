//! Pairs of access keys.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An access key id with its secret. Printing it shows the id only.
#[derive(Clone, Deserialize, Serialize)]
pub struct Credentials {
    /// What `AWS_ACCESS_KEY_ID` must be.
    pub access_key_id: String,
    /// What `AWS_SECRET_ACCESS_KEY` must be.
    pub secret_access_key: String,
}

impl Credentials {
    /// The keys kept in `file`, or new ones, which are then kept there.
    ///
    /// Keys outlive a restart with the same data directory, so that presigned URLs handed out before still work.
    pub(crate) fn load_or_create(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else {
            return Ok(Self::random());
        };
        match fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let credentials = Self::random();
                // Renamed into place: a kill in between leaves either no file or a whole one.
                let draft = file.with_extension("draft");
                fs::write(&draft, serde_json::to_vec(&credentials)?)?;
                fs::rename(&draft, file)?;
                Ok(credentials)
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn random() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self::shaped(&id, &secret)
    }

    /// These characters in AWS's own shapes: AKIA and sixteen, and a secret of forty.
    pub(crate) fn shaped(id: &str, secret: &str) -> Self {
        Self {
            access_key_id: format!("AKIA{}", id.get(..16).unwrap_or_default().to_uppercase()),
            secret_access_key: secret.get(..40).unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}
