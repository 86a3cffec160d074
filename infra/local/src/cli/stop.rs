//! The wish to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::run_error::RunError;

/// Ctrl-C, and the signal with which service managers end a program.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// From now on the signals no longer end the program by themselves.
    pub(crate) fn listen() -> Result<Self, RunError> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| RunError::new("listening for signals", error, "try again in another environment"))
        };
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for either signal.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
