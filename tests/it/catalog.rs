//! What agents are told of the tools, in every form: a change of any word shows here.

use std::process::Command;

#[test]
fn the_catalog_is_printed_as_it_was_agreed_on() {
    for format in ["json", "openai", "anthropic", "mcp", "markdown"] {
        let output = Command::new(env!("CARGO_BIN_EXE_breakroom"))
            .args(["tools", "--format", format])
            .output()
            .unwrap();
        assert!(output.status.success());
        insta::assert_snapshot!(
            format!("tools_{format}"),
            String::from_utf8(output.stdout).unwrap()
        );
    }
}
