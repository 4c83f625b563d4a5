use crate::{eventually, free_port};
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A real `nats-server` of one test: its own port, its own store, gone with the test.
#[derive(Debug)]
pub struct Broker {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Broker {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When no `nats-server` is found or it does not start: a test that cannot run must fail.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the broker");
        let port = free_port();
        let configuration = format!(
            "listen: 127.0.0.1:{port}\nmax_payload: 8MB\njetstream {{ store_dir: {:?}, sync_interval: always }}\n",
            folder.path().join("store")
        );
        Self::configured(folder, port, &configuration)
    }

    /// Starts one that keeps services apart, as `bellwether init --secure` configures it.
    ///
    /// # Panics
    /// As [`Broker::start`].
    pub fn start_secured() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the broker");
        let secure = folder.path().join("secure");
        let made = Command::new(crate::binary()).args(["init", "--secure"]).arg(&secure).output().expect("init");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let written = fs::read_to_string(secure.join("nats/nats.conf")).expect("the configuration");
        let file = |name: &str| secure.join("nats").join(name);
        let configuration = format!(
            "BW_NAME: test\nBW_HOST: \"127.0.0.1\"\nBW_PORT: {port}\nBW_STORE: {:?}\nBW_CERT: {:?}\nBW_KEY: {:?}\n\
             BW_CA: {:?}\n{written}",
            folder.path().join("store"),
            file("server.pem"),
            file("server.key"),
            file("ca.pem"),
        );
        Self::configured(folder, port, &configuration)
    }

    fn configured(folder: TempDir, port: u16, configuration: &str) -> Self {
        fs::write(folder.path().join("nats.conf"), configuration).expect("write the broker's configuration");
        let mut broker = Self { child: None, port, folder };
        broker.spawn();
        broker
    }

    /// The identity of a service, on a broker that keeps services apart.
    pub fn identity(&self, role: &str) -> Option<PathBuf> {
        let file = self.folder.path().join("secure/identities").join(role).with_extension("identity");
        file.is_file().then_some(file)
    }

    /// Connects as a service of a broker that keeps services apart.
    ///
    /// # Panics
    /// When the broker does not answer or there is no such identity.
    pub async fn bus_as(&self, role: &str) -> bellwether_harness::Bus {
        let identity = self.identity(role).expect("an identity");
        let credentials = bellwether_harness::Credentials::read(&identity).expect("readable");
        let options = bellwether_harness::Connect { url: self.url(), name: format!("test-{role}") };
        bellwether_harness::connect_as(&options, Some(&credentials)).await.expect("connect to the broker")
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("broker.log")).unwrap_or_default()
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The folder with its store.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it with SIGKILL.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the broker is running");
        child.kill().expect("kill the broker");
        child.wait().expect("the broker's end");
    }

    /// Stops it where it is (SIGSTOP): it holds its connections and answers nothing.
    ///
    /// # Panics
    /// When it is not running.
    pub fn pause(&self) {
        let pid = self.signal("STOP");
        let stopped =
            || fs::read_to_string(format!("/proc/{pid}/status")).ok().filter(|status| status.contains("(stopped)"));
        eventually("the broker is stopped", Duration::from_secs(20), stopped);
    }

    /// Lets it go on after [`Broker::pause`].
    ///
    /// # Panics
    /// When it is not running.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) -> u32 {
        let pid = self.child.as_ref().expect("the broker is running").id();
        let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("run kill");
        assert!(status.success(), "SIG{name} to {pid}");
        pid
    }

    /// Starts it again on the same port and store.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn spawn(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("broker.log"));
        let child = Command::new(nats_server())
            .arg("-c")
            .arg(self.folder.path().join("nats.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("the broker's log"))
            .spawn()
            .expect("start nats-server");
        self.child = Some(child);
        let port = self.port;
        eventually("the broker answers", Duration::from_secs(20), || TcpStream::connect(("127.0.0.1", port)).ok());
    }

    /// Connects as a harness service does.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub async fn bus(&self) -> bellwether_harness::Bus {
        let options = bellwether_harness::Connect { url: self.url(), name: "test".to_owned() };
        bellwether_harness::connect(&options).await.expect("connect to the broker")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may be gone already; there is nobody to tell.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The `nats-server` that tests use: `BELLWETHER_NATS_SERVER`, else the one on PATH, else the product's own cache.
///
/// # Panics
/// When there is none: tests against a real broker do not pretend.
pub fn nats_server() -> PathBuf {
    let named = std::env::var_os("BELLWETHER_NATS_SERVER").map(PathBuf::from);
    let on_path = || {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join("nats-server"))
            .find(|file| file.is_file())
    };
    let found = named.or_else(on_path);
    found.expect("no nats-server: set BELLWETHER_NATS_SERVER (`bellwether fetch-broker` prints where it put one)")
}
