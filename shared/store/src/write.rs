//! What comes of a conditional write.

/// What came of a conditional write that the store answered.
#[must_use = "the write may have been refused"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write<T, R = Conflict<T>> {
    /// The condition held; this is what is stored now.
    Done(T),
    /// The condition did not hold: nothing was written, unless the reason says otherwise.
    Refused(R),
}

/// Another writer was first. Read what it wrote, never overwrite it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict<T> {
    /// The record is another one now: this.
    Changed(Box<T>),
    /// There is no such record.
    Gone,
}

/// The record is another one than was read, or is gone: it has to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale;

/// There is no such record, or it is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotThere;

impl<T, R> Write<T, R> {
    /// The same where nobody needs to know what is stored now.
    pub(crate) fn bare(self) -> Write<(), Stale> {
        match self {
            Self::Done(_) => Write::Done(()),
            Self::Refused(_) => Write::Refused(Stale),
        }
    }

    /// Whether the condition held.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// What is stored now, if the condition held.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(written) => Some(written),
            Self::Refused(_) => None,
        }
    }

    /// It is good either way: whoever was first has done it, or knows better. Where that is not plain, a comment says which.
    /// Only a refusal can be passed over like this, never an error.
    pub fn either_way(self) {
        drop(self);
    }

    /// The same with another view of what is stored.
    pub fn map<U>(self, view: impl FnOnce(T) -> U) -> Write<U, R> {
        match self {
            Self::Done(written) => Write::Done(view(written)),
            Self::Refused(refused) => Write::Refused(refused),
        }
    }
}

impl<T> Conflict<T> {
    /// The record as it is now, if there still is one.
    pub fn now(self) -> Option<T> {
        match self {
            Self::Changed(now) => Some(*now),
            Self::Gone => None,
        }
    }
}

impl<T> From<Option<T>> for Write<T, NotThere> {
    fn from(stored: Option<T>) -> Self {
        stored.map_or(Self::Refused(NotThere), Self::Done)
    }
}

impl<T> From<Option<T>> for Conflict<T> {
    fn from(now: Option<T>) -> Self {
        now.map_or(Self::Gone, |now| Self::Changed(Box::new(now)))
    }
}
