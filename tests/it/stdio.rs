//! `serve --stdio`: what PROTOCOL.md shows, and lines of any kind.

use crate::support::small;
use breakroom_server::stdio;
use serde_json::{Value as Json, json};

fn served(input: &[u8]) -> Vec<Json> {
    let mut output = Vec::new();
    stdio::serve(small::counted(), input, &mut output).unwrap();
    String::from_utf8(output)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// How long a call took is another number each time; the document shows one.
fn without_times(answer: &Json) -> Json {
    let mut answer = answer.clone();
    for call in answer["result"]["trace"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        call["microseconds"] = json!(0);
    }
    answer
}

/// In the document, a line after `>> ` is sent and one after `<< ` is what comes back.
#[test]
fn every_example_of_the_protocol_is_answered_as_written() {
    let document = include_str!("../../PROTOCOL.md");
    let lines = |prefix: &'static str| {
        document
            .lines()
            .filter_map(move |line| line.strip_prefix(prefix))
    };
    let requests: Vec<&str> = lines(">> ").collect();
    let expected: Vec<Json> = lines("<< ")
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answers = served(requests.join("\n").as_bytes());
    for (answer, expected) in answers.iter().zip(&expected) {
        assert_eq!(
            without_times(answer),
            without_times(expected),
            "<< {answer}"
        );
    }
    assert_eq!(answers.len(), expected.len());
}

#[test]
fn the_line_after_a_broken_one_is_served_as_if_nothing_had_happened() {
    let list = br#"{"jsonrpc":"2.0","id":"last","method":"session/open"}"#;
    let long = vec![b'x'; 3 << 20];
    let broken: [(&[u8], i64); 9] = [
        (b"{", -32_700),
        (b"\xff\xfe", -32_700),
        (&long, -32_600),
        (b"[]", -32_600),
        (b"7", -32_600),
        (br#"{"id":1,"method":"tools/list"}"#, -32_600),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/lost"}"#,
            -32_601,
        ),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"session":7}}"#,
            -32_602,
        ),
        (
            br#"{"jsonrpc":"2.0","id":1,"method":"session/reset","params":{"session":"9"}}"#,
            -32_001,
        ),
    ];
    for (line, code) in broken {
        let answers = served(&[line, b"\n", list].concat());
        assert_eq!(answers.len(), 2, "{answers:?}");
        assert_eq!(answers[0]["error"]["code"], code, "{answers:?}");
        assert_eq!(
            (&answers[1]["id"], &answers[1]["result"]["session"]),
            (&json!("last"), &json!("1"))
        );
    }
}

#[test]
fn a_notification_is_done_without_an_answer() {
    let answers = served(b"{\"jsonrpc\":\"2.0\",\"method\":\"session/open\"}\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session/changes\",\"params\":{\"session\":\"1\"}}");
    assert_eq!(
        answers,
        [json!({ "jsonrpc": "2.0", "id": 1, "result": { "changes": [] } })]
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn lines_of_any_bytes_are_answered(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        bytes.extend(b"\n{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"session/open\"}\n");
        let answers = served(&bytes);
        proptest::prop_assert_eq!(&answers.last().unwrap()["result"]["session"], "1");
    }
}
