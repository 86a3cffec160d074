//! What the double keeps in mind, and where.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use slipway_domain::TenantId;

use super::Double;

/// Where the double keeps its notes: in the functions a table, since the next call may meet another process; in tests this
/// process.
pub trait Memory: fmt::Debug + Send + Sync {
    /// The note of this name, of this tenant's test space.
    fn recall<'a>(&'a self, space: &'a TenantId, name: &'a str) -> Remembered<'a, Option<String>>;

    /// Puts the note `after` in the place of `before`, if that is what stands there. Answers whether it did.
    fn replace<'a>(
        &'a self,
        space: &'a TenantId,
        name: &'a str,
        before: Option<&'a str>,
        after: &'a str,
    ) -> Remembered<'a, bool>;
}

/// What a memory gives once it has looked.
pub type Remembered<'a, T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// The memory does not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Forgetful {
    #[error("there is no memory")]
    None,
    #[error("the memory does not answer")]
    Silent(#[source] Box<dyn StdError + Send + Sync>),
    #[error("a note can't be read")]
    Illegible(#[from] serde_json::Error),
    #[error("others change a note again and again")]
    Contended,
}

/// How often a note is changed that others change at the same moment.
const TRIES: u32 = 5;

impl Double {
    /// The note of this name.
    pub(super) async fn recall<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Forgetful> {
        let text = self.note(name).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Keeps a note that nobody else changes.
    pub(super) async fn keep<T: Serialize>(&self, name: &str, note: &T) -> Result<(), Forgetful> {
        let after = serde_json::to_string(note)?;
        for _ in 0..TRIES {
            let before = self.note(name).await?;
            if self.replace(name, before.as_deref(), &after).await? {
                return Ok(());
            }
        }
        Err(Forgetful::Contended)
    }

    /// Notes that something has happened, and says whether it is for the first time.
    pub(super) async fn note_once(&self, name: &str) -> Result<bool, Forgetful> {
        self.replace(name, None, "true").await
    }

    /// Changes a note, unless there is none. `change` is asked again if somebody else changes it meanwhile, and says
    /// whether anything is to be written, and what else comes of it. Answers that.
    pub(super) async fn change<T, R>(
        &self,
        name: &str,
        change: impl Fn(&mut T) -> (bool, R),
    ) -> Result<Option<R>, Forgetful>
    where
        T: Serialize + DeserializeOwned,
    {
        for _ in 0..TRIES {
            let Some(before) = self.note(name).await? else { return Ok(None) };
            let mut note: T = serde_json::from_str(&before)?;
            let (is_changed, result) = change(&mut note);
            if !is_changed || self.replace(name, Some(&before), &serde_json::to_string(&note)?).await? {
                return Ok(Some(result));
            }
        }
        Err(Forgetful::Contended)
    }

    async fn note(&self, name: &str) -> Result<Option<String>, Forgetful> {
        let memory = self.memory.as_ref().ok_or(Forgetful::None)?;
        memory.recall(&self.space, name).await.map_err(Forgetful::Silent)
    }

    async fn replace(&self, name: &str, before: Option<&str>, after: &str) -> Result<bool, Forgetful> {
        let memory = self.memory.as_ref().ok_or(Forgetful::None)?;
        memory.replace(&self.space, name, before, after).await.map_err(Forgetful::Silent)
    }
}
