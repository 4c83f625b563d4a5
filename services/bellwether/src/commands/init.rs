use super::connect;
use crate::{cli, registry, say::say};
use anyhow::Result;
use bellwether_harness::topology::{Plan, provision};

/// Makes or checks streams and buckets.
pub(crate) async fn init(args: cli::Init) -> Result<()> {
    let bus = connect(&args.nats, "init").await?;
    let plan = Plan { replicas: args.replicas.parse()?, ..Plan::standard(&registry::workers()) };
    provision(&bus, &plan).await?;
    say(&format!("{} streams are as they should be at {}", plan.streams().len(), args.nats));
    Ok(())
}
