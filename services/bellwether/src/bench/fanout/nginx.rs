//! nginx, where it is installed, as somebody else's measure of the same work.

use super::process;
use anyhow::{Context, Result, anyhow, ensure};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::time::{Instant, sleep};

const PROGRAMS: [&str; 3] = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
const MODULES: [&str; 2] = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"];
const LIMIT: Duration = Duration::from_secs(10);

/// An nginx with nchan.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Nginx {
    program: PathBuf,
    nchan: PathBuf,
    /// As it says.
    pub(in crate::bench) version: String,
}

/// Looks for the Debian packages `nginx` and `libnginx-mod-nchan`.
///
/// # Errors
/// Says what is missing.
pub(in crate::bench) fn find() -> Result<Nginx> {
    let first = |places: &[PathBuf]| places.iter().find(|place| place.is_file()).cloned();
    let program = first(&PROGRAMS.map(PathBuf::from)).context("nginx is not installed (apt install nginx)")?;
    let modules = MODULES.map(|folder| Path::new(folder).join("ngx_nchan_module.so"));
    let nchan = first(&modules).context("nchan is not installed (apt install libnginx-mod-nchan)")?;
    let said = Command::new(&program).arg("-v").output().context("nginx does not start")?;
    let version = String::from_utf8_lossy(&said.stderr).trim().rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Nginx { program, nchan, version })
}

/// One that runs with a folder of its own, and ends with this value.
pub(in crate::bench) struct Running {
    child: tokio::process::Child,
    pub(in crate::bench) address: SocketAddr,
}

impl Nginx {
    /// Starts one with these locations, on a free port, with one worker.
    ///
    /// # Errors
    /// When it does not answer.
    pub(in crate::bench) async fn start(&self, folder: &Path, locations: &str) -> Result<Running> {
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?;
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(&self.nchan, &folder, address, locations))?;
        let child = tokio::process::Command::new(&self.program)
            .arg("-p")
            .arg(&folder)
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nginx does not start")?;
        let mut running = Running { child, address };
        running.wait(&folder).await?;
        Ok(running)
    }
}

fn configuration(nchan: &Path, folder: &Path, address: SocketAddr, locations: &str) -> String {
    let folder = folder.display();
    // Its worker would give up the rights it needs for the folder.
    let user = if rustix::process::getuid().is_root() { "user root;\n" } else { "" };
    format!(
        "{user}load_module {nchan};\ndaemon off;\nworker_processes 1;\nworker_rlimit_nofile 20000;\npid {folder}/pid;\n\
         events {{ worker_connections 19000; }}\n\
         http {{\naccess_log off;\nclient_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/fastcgi;\nuwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\n\
         keepalive_requests 1000000000;\n\
         server {{ listen {address} backlog=4096;\n{locations}\n}}\n}}\n",
        nchan = nchan.display(),
    )
}

impl Running {
    async fn wait(&mut self, folder: &Path) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        // The master listens before there is a worker, which is what does the work.
        while TcpStream::connect(self.address).is_err() || self.processes().is_ok_and(|all| all.len() < 2) {
            let ended = self.child.try_wait()?;
            let said = || fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            ensure!(ended.is_none() && Instant::now() < deadline, "nginx does not answer: {}", said());
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Its master and workers.
    ///
    /// # Errors
    /// When it has ended.
    pub(in crate::bench) fn processes(&self) -> Result<Vec<u32>> {
        let master = self.child.id().ok_or_else(|| anyhow!("nginx has ended"))?;
        let mut all = process::children(master)?;
        all.push(master);
        Ok(all)
    }

    /// Stops it in order, so that its workers end, too.
    pub(in crate::bench) async fn stop(mut self) {
        if let Some(master) = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            let _ = rustix::process::kill_process(master, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(LIMIT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}
