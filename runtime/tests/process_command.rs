//! `Command`: how processes are set up and started.

use std::future::Future;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;

use heist::process::Command;
use heist::runtime::Builder;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    command
}

async fn stdout_of(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[heist::test]
async fn arguments_arrive() {
    let mut command = Command::new("printf");
    command.arg("%s,").args(["a b", "c"]).arg("");
    assert_eq!(stdout_of(&mut command).await, "a b,c,,");
    assert_eq!(stdout_of(Command::new("sh").arg0("other").args(["-c", "echo $0"])).await, "other\n");
}

#[heist::test]
async fn the_environment_is_as_asked_for() {
    let mut command = Command::new("/usr/bin/env");
    command.env("DROPPED", "1").env_clear().env("A", "1").envs([("B", "2"), ("C", "3")]).env_remove("B");
    let mut variables: Vec<_> = stdout_of(&mut command).await.lines().map(String::from).collect();
    variables.sort();
    assert_eq!(variables, ["A=1", "C=3"]);
}

#[heist::test]
async fn the_directory_is_as_asked_for() {
    assert_eq!(stdout_of(Command::new("pwd").current_dir("/")).await, "/\n");
}

#[heist::test]
async fn standard_streams_are_as_asked_for() {
    let mut command = sh("cat; echo err >&2");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(child.stdin.is_none() && child.stdout.is_none() && child.stderr.is_some());
    assert!(child.wait().await.unwrap().success());
}

#[heist::test]
async fn output_is_collected_whatever_the_streams_were_set_to() {
    let output =
        sh("echo out; echo err >&2; exit 5").stdout(Stdio::null()).stderr(Stdio::null()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
}

#[heist::test]
async fn status_closes_the_pipes() {
    // The process would wait for its input.
    let status = sh("cat; exit 6").stdin(Stdio::piped()).status().await.unwrap();
    assert_eq!(status.code(), Some(6));
}

#[heist::test]
async fn ids_and_groups() {
    let own = |option: &str| {
        let output = std::process::Command::new("id").arg(option).output().unwrap().stdout;
        String::from_utf8(output).unwrap()
    };
    let (uid, gid) = (own("-u"), own("-g"));
    // To become oneself is allowed to everybody.
    let mut command = Command::new("id");
    command.arg("-u").uid(uid.trim().parse().unwrap()).gid(gid.trim().parse().unwrap());
    assert_eq!(stdout_of(&mut command).await, uid);

    let mut child = sh("read line").stdin(Stdio::piped()).process_group(0).spawn().unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap());
    assert_eq!(rustix::process::getpgid(pid).ok(), pid, "it leads a group of its own");
    child.wait().await.unwrap();
}

#[heist::test]
async fn commands_of_the_standard_library() {
    let mut std = std::process::Command::new("echo");
    std.arg("1");
    let mut command = Command::from(std);
    command.arg("2");
    assert_eq!(command.as_std().get_args().collect::<Vec<_>>(), ["1", "2"]);
    command.as_std_mut().arg("3");
    assert!(format!("{command:?}").contains("echo"));
    assert_eq!(stdout_of(&mut command).await, "1 2 3\n");
    assert_eq!(command.into_std().get_program(), "echo");
}

#[heist::test]
async fn whether_a_drop_kills_can_be_asked() {
    let mut command = Command::new("true");
    assert!(!command.get_kill_on_drop());
    assert!(command.kill_on_drop(true).get_kill_on_drop());
    assert!(!command.kill_on_drop(false).get_kill_on_drop());
}

#[heist::test]
async fn a_command_can_be_started_again() {
    let mut command = sh("exit 4");
    for _ in 0..2 {
        assert_eq!(command.status().await.unwrap().code(), Some(4));
    }
}

#[heist::test]
async fn what_does_not_exist_is_not_found() {
    let mut command = Command::new("/no/such/program");
    assert_eq!(command.spawn().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(command.status().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(command.output().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(Command::new("true").current_dir("/no/such").spawn().unwrap_err().kind(), ErrorKind::NotFound);
}

#[heist::test]
async fn what_is_no_program_is_not_started() {
    let error = Command::new("/etc/passwd").spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn futures_outlive_their_command_and_are_send() {
    fn check(_: impl Future + Send + Sync + 'static) {}
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let _context = runtime.enter();
    check(sh("true").status());
    check(sh("true").output());
}

#[test]
fn a_process_needs_a_runtime_with_io() {
    let panic_of = |f: &mut dyn FnMut()| {
        let payload = catch_unwind(AssertUnwindSafe(f)).unwrap_err();
        payload.downcast_ref::<String>().unwrap().clone()
    };
    let marker = std::env::temp_dir().join(format!("heist-process-command-{}", std::process::id()));
    let mut touch = Command::new("touch");
    touch.arg(&marker);

    let message = panic_of(&mut || drop(touch.spawn()));
    assert!(message.contains("there is no reactor running"), "{message}");
    let runtime = Builder::new_current_thread().build().unwrap();
    let message = panic_of(&mut || drop(runtime.block_on(async { touch.spawn() })));
    assert!(message.contains("IO is disabled"), "{message}");

    // Had one of them been started it would long be done before a third.
    assert!(std::process::Command::new("sleep").arg("0.05").status().unwrap().success());
    assert!(!marker.exists(), "no process was started");
}
