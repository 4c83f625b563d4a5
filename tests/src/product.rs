use crate::eventually;
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A port that was free a moment ago.
///
/// # Panics
/// When the machine has none.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// The `bellwether` binary that was built beside this test.
///
/// # Panics
/// When it was not: `cargo build --workspace` makes it.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("path of the test");
    let folder = test.parent().and_then(Path::parent).expect("target folder");
    let binary = folder.join("bellwether");
    assert!(binary.is_file(), "{} is missing: run `cargo build --workspace` first", binary.display());
    binary
}

/// The folder with real market data, if it is at hand: `BELLWETHER_SHARED_DATA`, else `shared/data` beside or above
/// the project. A test that needs it skips without it, and says so.
pub fn shared_data() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("BELLWETHER_SHARED_DATA") {
        return Some(PathBuf::from(folder));
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|folder| folder.join("shared/data")).find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no shared/data");
    }
    found
}

/// A running `bellwether up`, with everything it started gone at the end of the test.
#[derive(Debug)]
pub struct Product {
    child: Child,
    /// Where the gateway listens.
    pub address: String,
    /// Its data folder.
    pub data: PathBuf,
}

impl Product {
    /// Starts `bellwether up` on free ports with `arguments` beside the usual ones.
    ///
    /// # Panics
    /// When the gateway does not answer within a minute.
    pub fn up(data: &Path, arguments: &[&str]) -> Self {
        Self::up_with(data, arguments, &[])
    }

    /// As [`Product::up`], with variables of the environment.
    ///
    /// # Panics
    /// As [`Product::up`].
    pub fn up_with(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let log = fs::File::create(data.join("up.log")).expect("a log file");
        let child = Command::new(binary())
            .args(["up", "--no-open", "--nats-port", "0", "--listen", &address, "--data"])
            .arg(data)
            .args(arguments)
            .env("BELLWETHER_NATS_SERVER", crate::nats_server())
            .env_remove("NATS_URL")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .spawn()
            .expect("start bellwether up");
        let product = Self { child, address, data: data.to_owned() };
        eventually("the gateway answers", Duration::from_secs(60), || product.get("/health/live").map(drop));
        product
    }

    /// Body of a GET, if it was answered with 200.
    pub fn get(&self, path: &str) -> Option<String> {
        let (status, body) = self.ask(&format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address))?;
        (status == 200).then_some(body)
    }

    /// Status and body of a POST of JSON.
    pub fn post(&self, path: &str, json: &str) -> Option<(u16, String)> {
        let head = format!("POST {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json", self.address);
        self.ask(&format!("{head}\r\nContent-Length: {}\r\n\r\n{json}", json.len()))
    }

    /// Status and body of a DELETE.
    pub fn delete(&self, path: &str) -> Option<(u16, String)> {
        self.ask(&format!("DELETE {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address))
    }

    fn ask(&self, request: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// JSON of a GET, if it was answered with 200.
    pub fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_str(&self.get(path)?).ok()
    }

    /// The broker's URL.
    ///
    /// # Panics
    /// When the product has not said it.
    pub fn nats_url(&self) -> String {
        let said = fs::read_to_string(self.data.join("run/processes.json")).expect("run/processes.json");
        let said: Value = serde_json::from_str(&said).expect("JSON in run/processes.json");
        said["broker"].as_str().expect("the broker in run/processes.json").to_owned()
    }

    /// Process id of `up`.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data.join("up.log")).unwrap_or_default()
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // Children of `up` die with it; a SIGKILL is the harder case, so it is what every test tries.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
