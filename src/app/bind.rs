//! Where the server listens, and whether that is safe without TLS.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use url::{Host, Url};

use super::Error;
use crate::config::Settings;

/// Refuses to carry sessions over plain http beyond this machine, unless a proxy in front is
/// said to end TLS.
///
/// # Errors
/// The address readers use is http and not of this machine.
pub fn check(settings: &Settings) -> Result<(), Error> {
    let server = &settings.server;
    let bind: SocketAddr = server.bind.parse().map_err(|_| Error::BadBind(server.bind.clone()))?;
    if !server.trusted_proxies.is_empty() {
        if server.public_url.is_empty() && bind.ip().is_unspecified() {
            return Err(Error::PublicUrlNeeded(server.bind.clone()));
        }
        return Ok(());
    }
    let exposed = match Url::parse(&server.public_url) {
        Ok(url) if url.scheme() == "https" => None,
        Ok(url) if !is_loopback(&url) => Some(server.public_url.clone()),
        _ if !bind.ip().is_loopback() => Some(format!("http://{bind}")),
        _ => None,
    };
    exposed.map_or(Ok(()), |address| Err(Error::PlainHttp(address)))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

/// Opens the port.
///
/// # Errors
/// It is taken, or not ours to take.
pub fn listen(bind: &str) -> Result<(TcpListener, SocketAddr), Error> {
    let address: SocketAddr = bind.parse().map_err(|_| Error::BadBind(bind.to_owned()))?;
    let unusable = |source| Error::Listen { address, source };
    let listener = open(address).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok((listener, address))
}

/// For the demo, which people open as `localhost`: the same port on the other loopback address,
/// if it is free.
#[must_use]
pub fn beside(address: SocketAddr) -> Option<TcpListener> {
    let other: IpAddr = match address.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Ipv4Addr::LOCALHOST.into(),
        _ => return None,
    };
    open(SocketAddr::new(other, address.port())).ok()
}

fn open(address: SocketAddr) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A restart must not wait for connections of the former process to fade away.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(bind: &str, public_url: &str, proxies: &str) -> Result<(), Error> {
        let named = [("BIND", bind), ("PUBLIC_URL", public_url), ("TRUSTED_PROXIES", proxies)];
        let given = named.into_iter().filter(|(_, value)| !value.is_empty());
        let variables = given.map(|(key, value)| (format!("SUBPROCESSORS__SERVER__{key}"), value.to_owned()));
        check(&crate::config::load(None, variables).unwrap().settings)
    }

    #[test]
    fn plain_http_stays_on_this_machine_unless_a_proxy_is_named() {
        for (bind, public_url) in [
            ("127.0.0.1:8080", ""),
            ("[::1]:8080", ""),
            ("127.0.0.1:8080", "http://localhost:8080"),
            ("127.0.0.1:8080", "https://list.example"),
            ("0.0.0.0:8080", "https://list.example"),
        ] {
            assert!(checked(bind, public_url, "").is_ok(), "{bind} {public_url}");
        }
        for (bind, public_url) in [
            ("0.0.0.0:8080", ""),
            ("192.0.2.1:8080", ""),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1:8080", "http://list.example"),
        ] {
            let refused = checked(bind, public_url, "").unwrap_err().to_string();
            assert!(refused.contains("server.trusted_proxies"), "{refused}");
        }
        assert!(checked("0.0.0.0:8080", "http://list.example", "10.0.0.0/8").is_ok());
        assert!(checked("0.0.0.0:8080", "", "10.0.0.0/8").is_err());
    }
}
