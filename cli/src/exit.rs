//! How the program ended, as its exit code.

use std::process::ExitCode;

/// How the program ended. Scripts rely on the numbers; `--help` and the README list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for is done.
    Done,
    /// It could not be done now: the network, the server, this machine. Trying again may help.
    Failure,
    /// The command line or the environment is wrong. clap exits with the same code.
    Usage,
    /// It was refused: by the API, by the check of the media, by TikTok. Trying the same again will not help.
    Refused,
    /// It is not known how it ends: time ran out, or TikTok reported no outcome.
    Unfinished,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Unfinished => 4,
            Self::Interrupted => 130,
        }
    }

    /// One word for programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Unfinished => "unfinished",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
