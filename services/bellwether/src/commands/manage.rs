//! Orders to a running `up`.

use crate::{
    cli,
    say::print,
    supervisor::{What, control},
};
use anyhow::Result;

/// Restarts a process and waits until it is ready.
pub(crate) async fn restart(args: cli::Restart) -> Result<()> {
    order(&args.broker, What::Restart, Some(args.name)).await
}

/// Stops a process, or everything.
pub(crate) async fn stop(args: cli::Stop) -> Result<()> {
    order(&args.broker, What::Stop, args.name).await
}

/// Starts a process that was stopped.
pub(crate) async fn start(args: cli::Start) -> Result<()> {
    order(&args.broker, What::Start, Some(args.name)).await
}

async fn order(broker: &cli::BrokerArgs, what: What, name: Option<String>) -> Result<()> {
    let said = control::order(&broker.data()?.control(), &control::Ask { what, name }).await?;
    said.iter().for_each(|line| print(line));
    Ok(())
}
