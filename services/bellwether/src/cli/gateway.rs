use anyhow::{Result, anyhow};
use bellwether_gateway::{Access, Pace, Paces, Token};
use clap::Args;
use std::{ffi::OsString, path::PathBuf};

/// How the gateway guards itself.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub(crate) struct Gateway {
    /// File whose first line is the access token that everybody has to show; needed to listen on other than 127.0.0.1.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Serve other machines without an access token, because something else guards the port.
    #[arg(long, env = "BELLWETHER_NO_TOKEN", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) no_token: bool,
    /// A name the gateway is reached by when there is no token, as in `Host` [default: those of this machine alone]
    #[arg(long, value_name = "NAME[:PORT]", env = "BELLWETHER_HOST", value_delimiter = ',')]
    pub(crate) host: Vec<String>,
    /// A site whose pages may use the gateway, such as https://desk.example; may be given several times.
    #[arg(long, value_name = "ORIGIN", env = "BELLWETHER_CORS_ORIGIN", value_delimiter = ',')]
    pub(crate) cors_origin: Vec<String>,
    /// Requests a client may send per second; a tenth of it where a log is read, a fortieth where something is
    /// changed. 0 sets no limit.
    #[arg(long, value_name = "N", env = "BELLWETHER_REQUESTS_PER_SECOND", default_value_t = 200)]
    pub(crate) requests_per_second: u32,
    /// Streams (server-sent events and WebSockets) that may be open at a time.
    #[arg(long, value_name = "N", env = "BELLWETHER_STREAMS", default_value_t = 10_000)]
    pub(crate) streams: usize,
    /// Streams that one address may have open at a time.
    #[arg(long, value_name = "N", env = "BELLWETHER_STREAMS_PER_ADDRESS", default_value_t = 256)]
    pub(crate) streams_per_address: usize,
    /// Connections beside the streams that may be open at a time.
    #[arg(long, value_name = "N", env = "BELLWETHER_CONNECTIONS", default_value_t = 4096)]
    pub(crate) connections: usize,
}

impl Gateway {
    /// Who may use the gateway.
    ///
    /// # Errors
    /// When the token cannot be read, or an origin is none.
    pub(crate) fn access(&self) -> Result<Access> {
        let token = self.token_file.as_deref().map(Token::read).transpose()?;
        let origins = self.cors_origin.iter().map(|origin| Access::origin(origin).map_err(|reason| anyhow!(reason)));
        Ok(Access { token, open: self.no_token, hosts: self.host.clone(), origins: origins.collect::<Result<_>>()? })
    }

    /// How fast one client may ask.
    pub(crate) fn paces(&self) -> Paces {
        let pace = |share: u32| {
            let per_second = (self.requests_per_second / share).max(1);
            Pace { burst: per_second.saturating_mul(2).max(20), per_second }
        };
        match self.requests_per_second {
            0 => Paces::UNLIMITED,
            _ => Paces {
                read: pace(1),
                heavy: Pace { burst: pace(10).burst.saturating_mul(2), ..pace(10) },
                write: pace(40),
            },
        }
    }

    /// The same options for a gateway in a process of its own. Never the token: a process list shows arguments.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(file) = &self.token_file {
            arguments.extend(["--token-file".into(), file.into()]);
        }
        if self.no_token {
            arguments.push("--no-token".into());
        }
        let numbers = [
            ("--requests-per-second", self.requests_per_second as usize),
            ("--streams", self.streams),
            ("--streams-per-address", self.streams_per_address),
            ("--connections", self.connections),
        ];
        let numbers = numbers.map(|(name, number)| (name, number.to_string()));
        let hosts = self.host.iter().map(|host| ("--host", host.clone()));
        let origins = self.cors_origin.iter().map(|origin| ("--cors-origin", origin.clone()));
        let pairs = numbers.into_iter().chain(hosts).chain(origins);
        arguments.extend(pairs.flat_map(|(name, value)| [OsString::from(name), value.into()]));
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        gateway: Gateway,
    }

    fn read(arguments: impl IntoIterator<Item = OsString>) -> Gateway {
        Only::try_parse_from([OsString::from("x")].into_iter().chain(arguments)).map(|only| only.gateway).unwrap()
    }

    #[test]
    fn a_gateway_of_its_own_process_gets_the_same_options() {
        let words = "--token-file t --no-token --host a:1 --host b --cors-origin https://c.example --streams 7 \
                     --requests-per-second 400 --streams-per-address 3 --connections 9";
        let gateway = read(words.split_whitespace().map(OsString::from));
        assert_eq!(format!("{:?}", read(gateway.arguments())), format!("{gateway:?}"));
        assert_eq!((gateway.host.len(), gateway.streams), (2, 7));
    }

    #[test]
    fn paces_follow_from_one_number() {
        assert_eq!(read([]).paces(), Paces::STANDARD);
        assert_eq!(read(["--requests-per-second", "0"].map(OsString::from)).paces(), Paces::UNLIMITED);
        let slow = read(["--requests-per-second", "1"].map(OsString::from)).paces();
        assert_eq!((slow.read.per_second, slow.write.per_second), (1, 1));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_an_error_that_does_not_show_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let gateway = Gateway { token_file: Some(file.clone()), ..read([]) };
        assert!(gateway.access().is_err());
        std::fs::write(&file, "too short\n").unwrap();
        let said = format!("{:#}", gateway.access().unwrap_err());
        assert!(said.contains("16 to 512") && !said.contains("too short"), "{said}");
        std::fs::write(&file, "long-enough-for-a-token\n").unwrap();
        assert!(gateway.access().unwrap().token.is_some());
        let star = Gateway { cors_origin: vec!["*".to_owned()], ..read([]) };
        assert!(star.access().is_err());
    }
}
