//! The load's side of HTTP.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept; it knows as much HTTP as the two servers speak.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection {
            stream,
            received: Vec::with_capacity(1 << 16),
        }
    }

    /// Sends a request and returns the answer's body.
    pub async fn ask(&mut self, method: &str, path: &str, body: &str) -> &[u8] {
        let kind = if body.is_empty() {
            ""
        } else {
            "content-type: application/json\r\n"
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{kind}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.received.clear();
        let (start, length) = loop {
            assert_ne!(self.stream.read_buf(&mut self.received).await.unwrap(), 0);
            if let Some(end) = self
                .received
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n")
            {
                let head = std::str::from_utf8(&self.received[..end]).unwrap();
                assert!(head.starts_with("HTTP/1.1 2"), "{path}: {head}");
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                break (end + 4, length.map_or(0, |length| length.parse().unwrap()));
            }
        };
        while self.received.len() < start + length {
            assert_ne!(self.stream.read_buf(&mut self.received).await.unwrap(), 0);
        }
        &self.received[start..start + length]
    }
}
