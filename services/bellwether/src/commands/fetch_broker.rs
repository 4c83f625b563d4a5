use crate::{
    broker::{self, Wish},
    cli,
    say::print,
};
use anyhow::{Context, Result};

/// Finds or fetches nats-server and prints its path.
pub(crate) async fn fetch_broker(args: cli::FetchBroker) -> Result<()> {
    let wish = Wish { program: args.nats_server, cache: args.cache, ..Wish::default() };
    let program = if args.no_fetch {
        broker::find(&wish).await?.context("there is no usable nats-server here")?
    } else {
        broker::program(&wish).await?
    };
    print(&program.display().to_string());
    Ok(())
}
