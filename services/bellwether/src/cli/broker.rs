use crate::{broker::Wish, data::DataDir, identity};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Which broker to use, and where data is kept.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Broker and data")]
pub(crate) struct BrokerArgs {
    /// Address of a broker that runs already; several separated by commas.
    #[arg(long, value_name = "URL", env = "NATS_URL")]
    nats: Option<String>,
    /// The nats-server program to start (2.12 or newer); else the one on PATH, in the cache, or fetched.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    nats_server: Option<PathBuf>,
    /// Port of the broker that is started; 0 takes a free one [default: 4222, or a free one if that is taken]
    #[arg(long, value_name = "PORT", env = "BELLWETHER_NATS_PORT")]
    nats_port: Option<u16>,
    /// Folder made by `bellwether init --secure`: the broker keeps services apart, and each shows who it is.
    #[arg(long, value_name = "DIR", env = "BELLWETHER_SECURE")]
    secure: Option<PathBuf>,
    /// Where data is kept [default: bellwether in the user's data folder]
    #[arg(long, value_name = "DIR", env = "BELLWETHER_DATA")]
    data: Option<PathBuf>,
    /// Where fetched programs are kept [default: bellwether in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "BELLWETHER_CACHE")]
    cache: Option<PathBuf>,
}

impl BrokerArgs {
    /// What is wished of the broker. An empty variable counts as unset. The folder of a secured one is where this
    /// process finds its identity from now on.
    pub(crate) fn wish(&self) -> Wish {
        let set = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let secure = set(&self.secure);
        if let Some(folder) = &secure {
            identity::in_folder(folder);
        }
        Wish {
            url: self.nats.clone().filter(|url| !url.trim().is_empty()),
            program: set(&self.nats_server),
            cache: set(&self.cache),
            port: self.nats_port,
            secure,
            lazy_sync: false,
        }
    }

    /// The data directory, made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn data(&self) -> Result<DataDir> {
        DataDir::open(self.data.as_deref().filter(|path| !path.as_os_str().is_empty()))
    }
}
