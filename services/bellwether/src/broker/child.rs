//! A broker of our own, as a child.

use super::{Wish, config, probe};
use crate::{
    data::{DataDir, replace},
    identity,
    lock::{self, FileLock},
    secure,
    supervisor::{How, Program, Supervisor, Unit, record::Book},
};
use anyhow::{Context, Result, bail};
use bellwether_schemas::names;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Where a broker without accounts keeps its streams.
const OPEN_ACCOUNT: &str = "$G";
/// The port every NATS tool tries first.
const USUAL_PORT: u16 = 4222;
/// A broker with a large store checks it before it answers.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The broker of an `up` that was killed follows it within this time.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Where the broker of a data directory answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Info {
    /// Its address as clients take it.
    pub(crate) url: String,
    /// Folder with the identities it asks for.
    #[serde(default)]
    pub(crate) secure: Option<PathBuf>,
}

/// A broker that runs as long as this value; it is started again, on the same port and store, when it dies.
pub(crate) struct ChildBroker {
    /// Its address as clients take it.
    pub(crate) url: String,
    supervisor: Supervisor,
    data: DataDir,
    _lock: FileLock,
}

impl ChildBroker {
    /// Starts `program` on the port wished for (`None`: 4222, or a free one when that is taken; 0: a free one) and waits
    /// until it answers.
    ///
    /// # Errors
    /// When the store is in use, the port is taken, or the broker does not answer; its last words are given.
    pub(crate) async fn start(program: PathBuf, data: &DataDir, wish: &Wish, book: Arc<Book>) -> Result<Self> {
        let lock = FileLock::take(&data.lock(), &data.store(), LOCK_PATIENCE).await?;
        same_kind(data, wish.secure.is_some())?;
        let port = choose_port(wish.port)?;
        let config = config::write(data, port, wish.lazy_sync, wish.secure.as_deref())?;
        let log_start = log_length(data);
        let program = Program {
            path: program,
            args: vec!["-c".into(), config.into()],
            stdout: Some(lock.handle()?),
            secrets: Vec::new(),
        };
        let mut supervisor = Supervisor::new(book);
        supervisor.keep(Unit { name: "broker".to_owned(), how: How::Process(program), ready: None });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let started = match wish.secure {
            // It says nothing before it has seen a certificate.
            Some(_) => probe::listens(address, START_LIMIT).await,
            None => probe::answers(address, START_LIMIT).await.map(drop),
        };
        if let Err(error) = started {
            supervisor.stop().await;
            return Err(error.context(format!("nats-server does not start; it says: {}", last_words(data, log_start))));
        }
        let url = format!("nats://{address}");
        let secure = wish.secure.as_ref().map(std::path::absolute).transpose()?;
        let info = Info { url: url.clone(), secure };
        replace(&data.broker_info(), &serde_json::to_vec(&info)?)?;
        Ok(Self { url, supervisor, data: data.clone(), _lock: lock })
    }

    /// Stops it and gives the store free.
    pub(crate) async fn stop(self) {
        self.supervisor.stop().await;
        let _ = fs::remove_file(self.data.broker_info());
    }
}

/// The broker that runs on this data directory now, if one does.
///
/// # Errors
/// When the lock cannot be looked at.
pub(crate) fn running(data: &DataDir) -> Result<Option<Info>> {
    if !lock::is_held(&data.lock())? {
        return Ok(None);
    }
    let info = fs::read(data.broker_info()).ok();
    let info: Option<Info> = info.and_then(|info| serde_json::from_slice(&info).ok());
    if let Some(folder) = info.as_ref().and_then(|info| info.secure.as_deref()) {
        identity::in_folder(folder);
    }
    Ok(info)
}

/// A secured broker keeps its streams elsewhere, account by account: on the store of another kind it would seem to have
/// lost everything.
///
/// # Errors
/// When the store was made by a broker of the other kind.
fn same_kind(data: &DataDir, secured: bool) -> Result<()> {
    let holds = |account: &str| data.store().join("jetstream").join(account).join("streams").is_dir();
    let folder = data.root().display();
    if secured && holds(OPEN_ACCOUNT) {
        bail!(
            "the logs in {folder} were made without --secure and would not be seen; take another folder with --data DIR \
             and import into it: equal bars give equal results"
        );
    }
    if !secured && holds(&secure::holder(names::SCANS)) {
        bail!("the logs in {folder} were made with --secure; give the same --secure DIR");
    }
    Ok(())
}

fn choose_port(wanted: Option<u16>) -> Result<u16> {
    match wanted {
        Some(0) => Ok(bind(0).context("no free port")?),
        Some(port) => {
            bind(port).with_context(|| format!("port {port} for the broker (--nats-port 0 takes a free one)"))
        }
        None => bind(USUAL_PORT).or_else(|_| bind(0)).context("no free port"),
    }
}

fn bind(port: u16) -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?.port())
}

fn log_length(data: &DataDir) -> u64 {
    fs::metadata(data.broker_log()).map_or(0, |meta| meta.len())
}

fn last_words(data: &DataDir, from: u64) -> String {
    let log = fs::read(data.broker_log()).unwrap_or_default();
    let log = String::from_utf8_lossy(log.get(from as usize..).unwrap_or_default()).into_owned();
    let faults: Vec<_> = log.lines().filter(|line| line.contains("[FTL]") || line.contains("[ERR]")).collect();
    match faults.last() {
        Some(fault) => (*fault).to_owned(),
        None => format!("nothing; see {}", data.broker_log().display()),
    }
}

/// Refuses a version that lacks what the logs need.
///
/// # Errors
/// When `version` is older than the oldest that will do.
pub(crate) fn check_version(url: &str, version: &str) -> Result<()> {
    use super::version::{OLDEST, Version};
    match Version::find(version) {
        Some(version) if version >= OLDEST => Ok(()),
        _ => bail!("the broker at {url} is nats-server {version}; {OLDEST} or newer is needed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_usual_port_gives_way_but_a_wanted_one_is_an_error() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = format!("{:#}", choose_port(Some(port)).unwrap_err());
        assert!(error.contains(&port.to_string()) && error.contains("--nats-port 0"), "{error}");
        let _usual = TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT));
        let free = choose_port(None).unwrap();
        assert!(free != USUAL_PORT && free != 0);
    }

    #[test]
    fn a_store_of_the_other_kind_is_refused_before_anything_starts() {
        let temp = tempfile::tempdir().unwrap();
        for (secured, account) in [(false, "$G"), (true, "stream_SCANS")] {
            let data = DataDir::open(Some(&temp.path().join(account))).unwrap();
            same_kind(&data, secured).unwrap();
            fs::create_dir_all(data.store().join("jetstream").join(account).join("streams")).unwrap();
            same_kind(&data, secured).unwrap();
            let error = same_kind(&data, !secured).unwrap_err().to_string();
            assert!(error.contains("--secure"), "{error}");
        }
    }

    #[test]
    fn an_old_broker_is_refused() {
        check_version("nats://x", "2.15.1").unwrap();
        let refused = check_version("nats://x", "2.9.10").unwrap_err().to_string();
        assert_eq!(refused, "the broker at nats://x is nats-server 2.9.10; 2.12.0 or newer is needed");
    }
}
