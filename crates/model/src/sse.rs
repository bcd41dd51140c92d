//! Streams of events (HTML standard, section 9.2), once they are there whole.

/// The data of each event, in order. Comments and other fields are passed over.
pub(super) fn events(stream: &str) -> impl Iterator<Item = String> {
    let mut data: Vec<&str> = Vec::new();
    // A stream that ends without a blank line ends its last event too: servers forget it.
    stream
        .trim_start_matches('\u{feff}')
        .lines()
        .chain([""])
        .filter_map(move |line| {
            if line.is_empty() {
                let event = (!data.is_empty()).then(|| data.join("\n"));
                data.clear();
                return event;
            }
            if let Some(value) = line.strip_prefix("data:") {
                data.push(value.strip_prefix(' ').unwrap_or(value));
            }
            None
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_apart_by_blank_lines() {
        let stream = ": hello\r\nevent: x\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n\r\ndata:2\n\nid: 1\n\ndata: last";
        let found: Vec<_> = events(stream).collect();
        assert_eq!(found, ["{\"a\":\n1}", "2", "last"]);
    }
}
