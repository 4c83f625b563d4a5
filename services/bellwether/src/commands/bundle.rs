//! `export`, and `import` of what it wrote.

use super::with_bus;
use crate::{
    bundle, cli,
    progress::Progress,
    registry,
    say::{print, say},
    verify::Bounds,
};
use anyhow::{Context, Result};
use bellwether_harness::topology::{Plan, provision};
use bellwether_schemas::Key;
use std::{fs::File, io::BufWriter, path::Path};

/// Writes a bundle.
pub(crate) async fn export(args: cli::Export) -> Result<()> {
    let key = Key::new(&*args.lane, &*args.universe)?;
    let bounds = Bounds { from: args.from, to: args.to };
    let file = File::create_new(&args.file).with_context(|| format!("cannot make {}", args.file.display()))?;
    let done = with_bus("export", &args.broker, async |bus| {
        let mut progress = Progress::bundling();
        let done = bundle::export(&bus, &key, bounds, BufWriter::new(&file), |at, of| progress.at(at, of)).await;
        progress.done();
        done
    })
    .await;
    if done.is_err() {
        // Half a bundle is none.
        let _ = std::fs::remove_file(&args.file);
    }
    let done = done?;
    print(&format!(
        "{}: scans {} to {}, {} messages, hash {}",
        args.file.display(),
        done.first,
        done.last,
        done.messages,
        done.chain
    ));
    Ok(())
}

/// Brings a bundle in, as a lane of its own.
pub(crate) async fn import(file: &Path, broker: &cli::BrokerArgs) -> Result<()> {
    let done = with_bus("import", broker, async |bus| {
        provision(&bus, &Plan::standard(&registry::workers())).await?;
        let mut progress = Progress::bundling();
        let done = bundle::import(&bus, file, |at, of| progress.at(at, of)).await;
        progress.done();
        done
    })
    .await?;
    let what = if done.known { "is here already" } else { "is here now" };
    print(&format!(
        "{} {what}: universe {}, scans {} to {}, {} messages, hash {}",
        done.lane, done.universe, done.first, done.last, done.messages, done.chain
    ));
    say(&format!("`bellwether verify --lane {}` computes it again", done.lane));
    Ok(())
}
