//! `GET /api/regime/current`: our gateway, and nginx with the same bytes from a file and from memory, in turns.

mod report;
mod wrk;

use super::fanout::{
    nginx::{self, Nginx, Running},
    process::{cpu, raise_open_files},
    subject::{Gateway, Publisher},
};
use crate::{
    broker::{Broker, Wish},
    cli::BenchGet,
    commands::connect,
    data::DataDir,
    registry,
    say::say,
    supervisor::record::Book,
};
use anyhow::{Context, Result, ensure};
use bellwether_harness::topology::{Plan, provision};
use report::{Report, Round};
use std::{fs, net::SocketAddr, path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;
use wrk::Wrk;

/// What is asked for.
const PATH: &str = "/api/regime/current";
const FILE: &str = "/current.json";
const MEMORY: &str = "/memory";

/// Many GETs of one result.
///
/// # Errors
/// When something cannot be started, does not answer, or `stop` comes before the end.
pub(crate) async fn get(args: BenchGet, stop: CancellationToken) -> Result<()> {
    let wrk = wrk::find()?;
    raise_open_files(u64::from(args.connections) + 100)?;
    let folder = TempDir::with_prefix("bellwether-bench-").context("a folder for the broker's store")?;
    let data = DataDir::open(Some(folder.path()))?;
    let book = Arc::new(Book::open(data.processes()).await?);
    let wish = Wish { program: args.nats_server.clone(), port: Some(0), lazy_sync: true, ..Wish::default() };
    let broker = Broker::provide(&wish, &data, book).await?;
    let outcome = tokio::select! {
        outcome = rounds(&args, &wrk, broker.url(), folder.path()) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
    };
    broker.stop().await;
    outcome?.give(args.json.as_deref())
}

async fn rounds(args: &BenchGet, wrk: &Wrk, broker: &str, folder: &Path) -> Result<Report> {
    let bus = connect(broker, "bench").await?;
    provision(&bus, &Plan::standard(&registry::workers())).await?;
    Publisher::attach(&bus).await?.put(&"x".repeat(args.bytes as usize)).await?;
    let gateway = Gateway::start(broker, args.connections).await?;
    let body = body(gateway.address).await?;
    let nginx = match nginx::find() {
        Ok(nginx) => Some(serve(&nginx, folder, &body).await?),
        Err(reason) => {
            say(&format!("without the reference: {reason}"));
            None
        }
    };
    let mut targets = vec![("bellwether", gateway.address, PATH, vec![gateway.process()?])];
    if let Some(nginx) = &nginx {
        targets.push(("nginx, file", nginx.address, FILE, nginx.processes()?));
        targets.push(("nginx, memory", nginx.address, MEMORY, nginx.processes()?));
    }
    let mut report = Report::begin(args, nginx::find().ok().map(|nginx| nginx.version), body.len());
    for round in 0..args.rounds {
        for turn in 0..targets.len() {
            let (name, address, path, processes) = &targets[(turn + round as usize) % targets.len()];
            let before = cpu(processes)?;
            let answered = wrk.run(*address, path, args).await?;
            let spent = cpu(processes)?.saturating_sub(before);
            ensure!(answered.failed == 0, "{name}: {} answers were errors", answered.failed);
            let measured = Round::new(name, round, &answered, spent);
            say(&measured.to_string());
            report.add(measured);
        }
    }
    if let Some(nginx) = nginx {
        nginx.stop().await;
    }
    Ok(report.end())
}

/// The bytes our gateway answers with.
async fn body(address: SocketAddr) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "the gateway has no result to give");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("a head without an end")?;
    Ok(answer.split_off(end + 4))
}

async fn serve(nginx: &Nginx, folder: &Path, body: &[u8]) -> Result<Running> {
    let root = folder.join("files");
    fs::create_dir_all(&root)?;
    fs::write(root.join(FILE.trim_start_matches('/')), body)?;
    let text = std::str::from_utf8(body)?;
    ensure!(!text.contains(['\'', '$', '\\']), "the result cannot be written into nginx's configuration");
    let locations = format!(
        "root {};\ntypes {{ application/json json; }}\n\
         location = {MEMORY} {{ default_type application/json; return 200 '{text}'; }}",
        root.display()
    );
    nginx.start(folder, &locations).await
}
