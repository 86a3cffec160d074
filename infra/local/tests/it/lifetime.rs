use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_stand_in::NewMessage;
use slipway_local::{Stack, StartError};

use crate::support::{is_gone, line, options, start, start_with, until};

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let error = Stack::start(options(folder.path(), |options| options.port = port)).await.err().unwrap();
    assert!(matches!(error, StartError::PortInUse { port: named } if named == port), "{error:?}");
    assert!(error.to_string().starts_with(&format!("port {port} is in use")), "{error}");
}

#[tokio::test]
async fn options_that_fit_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = options(folder.path(), |options| {
        options.timeouts.insert("Nobody".to_owned(), Duration::from_secs(1));
    });
    let error = Stack::start(unknown).await.err().unwrap();
    assert!(error.to_string().contains("Nobody"), "{error}");
    let empty = options(folder.path(), |options| options.bin_dir = Some(folder.path().to_owned()));
    let error = Stack::start(empty).await.err().unwrap();
    assert!(error.to_string().starts_with("there is no binary probe in "), "{error}");
}

#[tokio::test]
async fn a_shut_down_or_dropped_stack_leaves_no_process() {
    for shut_down in [true, false] {
        let fixture = start().await;
        let mut lines = fixture.stack.logs();
        fixture.order("echo").await.unwrap();
        let pid = fixture.stack.pids("Probe").unwrap()[0];
        assert!(!is_gone(pid));
        // One more that is at work and would not notice.
        let work = fixture.order("hang");
        tokio::select! {
            _ = work => panic!("it hangs"),
            _ = line(&mut lines, |line| line.text.starts_with("START ")) => {}
        }
        if shut_down {
            fixture.stack.shutdown().await;
            assert!(is_gone(pid));
        } else {
            drop(fixture);
            until("the process is gone", || is_gone(pid)).await;
        }
    }
}

#[tokio::test]
async fn what_a_data_folder_keeps_is_there_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let keep = data.path().to_owned();
    let first = start_with(|options| options.data = Some(keep.clone())).await;
    let dead = first.queue("Dead").to_owned();
    first.stack.aws().sqs().send(&dead, &NewMessage::new("kept")).unwrap();
    first.stack.shutdown().await;
    let second = start_with(|options| options.data = Some(keep)).await;
    assert_eq!(second.stack.aws().sqs().peek(&dead).unwrap(), ["kept"]);
    second.stack.shutdown().await;
}

#[tokio::test]
async fn physical_names_are_told() {
    let fixture = start().await;
    assert_eq!(fixture.stack.queue("Jobs"), Some("Jobs"));
    assert_eq!(fixture.stack.table("Table"), Some("Table"));
    assert_eq!(fixture.stack.bucket("Bucket"), Some("slipway-bucket"));
    assert!(fixture.stack.key("Key").unwrap().starts_with("arn:aws:kms:us-east-1:000000000000:key/"));
    assert_eq!(fixture.stack.queue("Nobody"), None);
    assert!(fixture.folder.path().exists());
    fixture.stack.shutdown().await;
}

const HOST: &str = "SLIPWAY_TEST_PID_FILE";

/// Not a test of its own: the program that the next test kills.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn host() {
    let Some(file) = std::env::var_os(HOST).map(PathBuf::from) else { return };
    let fixture = start().await;
    let mut lines = fixture.stack.logs();
    tokio::select! {
        _ = fixture.order("hang") => panic!("it hangs"),
        () = async {
            let started = line(&mut lines, |line| line.text.starts_with("START ")).await;
            let draft = file.with_extension("draft");
            std::fs::write(&draft, started.pid.unwrap().to_string()).unwrap();
            std::fs::rename(&draft, &file).unwrap();
            std::future::pending::<()>().await;
        } => {}
    }
}

#[tokio::test]
async fn a_function_that_hangs_dies_with_a_stack_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "lifetime::host"])
        .env(HOST, &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the function runs", || file.exists()).await;
    let pid: u32 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    assert!(!is_gone(pid));
    host.kill().unwrap();
    host.wait().unwrap();
    until("the function is gone", || is_gone(pid)).await;
}
