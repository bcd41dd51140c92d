//! Addresses to listen at, as people write them.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Reads an address: `127.0.0.1:8080`, `localhost:8080`, `:8080` or `8080`. Without a host it is this machine's own.
///
/// # Errors
/// The text is not an address, or its host has none.
pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let usage = || {
        format!("invalid address {text:?}: write one like 127.0.0.1:8080, localhost:8080 or 8080")
    };
    if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let (host, port) = text.rsplit_once(':').ok_or_else(usage)?;
    let port: u16 = port.parse().map_err(|_| usage())?;
    if host.eq_ignore_ascii_case("localhost") {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let mut found = (host, port).to_socket_addrs().map_err(|_| usage())?;
    found.next().ok_or_else(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let local: SocketAddr = (Ipv4Addr::LOCALHOST, 8080).into();
        for text in [
            "127.0.0.1:8080",
            "localhost:8080",
            "LOCALHOST:8080",
            ":8080",
            "8080",
        ] {
            assert_eq!(parse_address(text), Ok(local), "{text}");
        }
        assert!(parse_address("[::1]:80").is_ok_and(|address| address.is_ipv6()));
        for text in [
            "",
            ":",
            "localhost",
            "localhost:",
            "localhost:x",
            "99999",
            "127.0.0.1:-1",
        ] {
            let error = parse_address(text).expect_err(text);
            assert!(error.contains("write one like"), "{error}");
        }
    }
}
