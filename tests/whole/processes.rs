//! Services as processes that a test starts and kills itself.

use bellwether_tests::{Broker, binary, nats_server};
use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// One service process.
pub(crate) struct Process {
    service: &'static str,
    instance: u32,
    arguments: Vec<String>,
    child: Child,
}

impl Process {
    pub(crate) fn start(broker: &Broker, service: &'static str) -> Self {
        Self::start_with(broker, service, &["--listen", "127.0.0.1:0"])
    }

    /// With arguments beside the usual ones.
    pub(crate) fn start_with(broker: &Broker, service: &'static str, arguments: &[&str]) -> Self {
        let url = broker.url();
        let arguments: Vec<_> = ["--nats", &url].iter().chain(arguments).map(|&text| text.to_owned()).collect();
        let child = spawn(&arguments, service, 0, broker.folder());
        Self { service, instance: 0, arguments, child }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and a new one at once.
    pub(crate) fn kill_and_restart(&mut self, broker: &Broker) {
        self.kill();
        self.instance += 1;
        self.child = spawn(&self.arguments, self.service, self.instance, broker.folder());
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(arguments: &[String], service: &str, instance: u32, folder: &Path) -> Child {
    let log = File::options().create(true).append(true).open(folder.join(format!("{service}.log"))).expect("a log");
    Command::new(binary())
        .args(["run", service, "--instance"])
        .arg(format!("{service}-{instance}"))
        .args(arguments)
        .env("BELLWETHER_LOG", "warn,bellwether_harness=debug")
        // A kill from outside proves nothing about the event: the supervisor would say so, and here we are the one.
        .env("BELLWETHER_PREDECESSOR_KILLED", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("start a service")
}

/// Runs a command of the product against a broker, to its end.
pub(crate) fn bellwether(broker: &Broker, arguments: &[&str]) -> Output {
    command(broker, arguments).output().expect("run bellwether")
}

pub(crate) fn command(broker: &Broker, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .env("NATS_URL", broker.url())
        .env("BELLWETHER_DATA", broker.folder().join("data"))
        .env("BELLWETHER_NATS_SERVER", nats_server())
        .stdin(Stdio::null());
    command
}

/// Output of a command that must succeed.
pub(crate) fn succeed(broker: &Broker, arguments: &[&str]) -> String {
    let output = bellwether(broker, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "bellwether {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}
