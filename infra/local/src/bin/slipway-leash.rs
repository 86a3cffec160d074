//! `slipway-leash PARENT_PID PROGRAM`: becomes PROGRAM, which the kernel kills as soon as its parent dies.
//!
//! The local stack starts its functions through this, so that none is left behind however the stack ends. Asking for
//! the signal between fork and exec would need unsafe code in the stack; here the wish is made by the process itself and
//! outlives the exec. Only Linux knows it; elsewhere a function ends when it next misses the Runtime API.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(parent), Some(program)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: slipway-leash PARENT_PID PROGRAM");
        return ExitCode::from(2);
    };
    match leash(&parent) {
        Ok(true) => {}
        Ok(false) => return ExitCode::FAILURE,
        Err(error) => {
            eprintln!("slipway-leash: {error}");
            return ExitCode::FAILURE;
        }
    }
    // Comes back only if it failed.
    let error = Command::new(&program).args(arguments).exec();
    eprintln!("slipway-leash: cannot run {}: {error}", program.display());
    ExitCode::from(127)
}

/// False if the parent died before the wish was made: then no signal would ever come.
#[cfg(target_os = "linux")]
fn leash(parent: &OsString) -> std::io::Result<bool> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL))?;
    let now = getppid().map(|pid| pid.as_raw_nonzero().to_string());
    Ok(now.map(OsString::from).as_ref() == Some(parent))
}

#[cfg(not(target_os = "linux"))]
fn leash(_parent: &OsString) -> std::io::Result<bool> {
    Ok(true)
}
