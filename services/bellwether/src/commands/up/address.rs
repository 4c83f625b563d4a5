//! Ports, chosen before anything starts, so that a service keeps its port when it is started again.

use anyhow::{Context, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// The dashboard's address with its final port.
///
/// # Errors
/// When the port is taken.
pub(super) fn dashboard(wanted: SocketAddr) -> Result<SocketAddr> {
    let advice = || format!("the dashboard cannot listen on {wanted}; --listen 127.0.0.1:0 takes any free port");
    bind(wanted).with_context(advice)
}

/// The wanted port of this machine's loopback, or any free one.
///
/// # Errors
/// When there is none.
pub(super) fn free_from(port: u16) -> Result<SocketAddr> {
    let at = |port| bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    Ok(at(port).or_else(|_| at(0))?)
}

fn bind(address: SocketAddr) -> std::io::Result<SocketAddr> {
    TcpListener::bind(address)?.local_addr()
}

/// The address as a browser on this machine takes it: listening on every interface is reached on loopback.
pub(super) fn shown(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_an_error_that_says_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let refused = format!("{:#}", dashboard(address).unwrap_err());
        assert!(refused.contains(&address.to_string()) && refused.contains("--listen 127.0.0.1:0"), "{refused}");
        assert_ne!(free_from(address.port()).unwrap(), address);
        assert_ne!(dashboard("127.0.0.1:0".parse().unwrap()).unwrap().port(), 0);
    }

    #[test]
    fn listening_everywhere_is_shown_as_loopback() {
        assert_eq!(shown("0.0.0.0:8080".parse().unwrap()).to_string(), "127.0.0.1:8080");
        assert_eq!(shown("[::]:1".parse().unwrap()).to_string(), "[::1]:1");
        assert_eq!(shown("10.0.0.1:1".parse().unwrap()).to_string(), "10.0.0.1:1");
    }
}
