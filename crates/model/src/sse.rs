//! Parses complete streams of server-sent events (HTML standard, section 9.2).

/// The data of each event, in order. Comments and other fields are ignored.
pub(super) fn events(stream: &str) -> impl Iterator<Item = String> {
    let mut data: Vec<&str> = Vec::new();
    // Some servers omit the blank line after the last event.
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
    fn blank_lines_separate_events() {
        let stream = ": hello\r\nevent: x\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n\r\ndata:2\n\nid: 1\n\ndata: last";
        let found: Vec<_> = events(stream).collect();
        assert_eq!(found, ["{\"a\":\n1}", "2", "last"]);
    }
}
