use super::connect;
use crate::{cli, registry, say::say, secure};
use anyhow::Result;
use bellwether_harness::topology::{Plan, provision};
use std::path::Path;

/// What a broker is called by those who run beside it.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "nats"];

/// Makes or checks streams and buckets, or the folder of a secured broker.
pub(crate) async fn init(args: cli::Init) -> Result<()> {
    if let Some(folder) = &args.secure {
        return secured(folder, &args);
    }
    let bus = connect(&args.nats, "init").await?;
    let plan = Plan { replicas: args.replicas.parse()?, ..Plan::standard(&registry::workers()) };
    provision(&bus, &plan).await?;
    say(&format!("{} streams are as they should be at {}", plan.streams().len(), args.nats));
    Ok(())
}

fn secured(folder: &Path, args: &cli::Init) -> Result<()> {
    let hosts = HOSTS.map(str::to_owned).into_iter().chain(args.host.clone()).chain(args.node.clone()).collect();
    let names = secure::make(folder, &secure::Wish { hosts, nodes: args.node.clone() })?;
    let shown = folder.display();
    say(&format!(
        "{shown} is as it should be: certificates good for two years, and {} identities ({})\n  \
         on this machine   bellwether up --secure {shown}\n  \
         anywhere else     give the broker {shown}/nats and each service its file of {shown}/identities alone\n  \
         keep to yourself  {shown}/ca.key, which nobody needs until the certificates are renewed",
        names.len(),
        names.join(", ")
    ));
    Ok(())
}
