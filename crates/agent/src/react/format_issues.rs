//! How a reply can deviate from the format and still be readable. Issues are evidence for reports and never change what is done.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A deviation from the format.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FormatIssue {
    /// The action was not in a fenced block.
    Unfenced,
    /// Text in single quotes.
    SingleQuotes,
    /// A comma before a closing bracket.
    TrailingComma,
    /// `True`, `False` or `None`.
    PythonNames,
    /// A comment in the JSON.
    Comment,
    /// A raw newline or another control character in a string.
    ControlCharacter,
    /// An escape that JSON does not have, such as `\_`.
    UnknownEscape,
    /// A key without quotes.
    BareKey,
    /// Closing brackets were missing before the closing fence.
    Unclosed,
    /// The keys were not `action` and `action_input`.
    OtherKeys,
    /// The tool's name had whitespace around it, or backslashes in it.
    ToolName,
    /// `Final Answer` in another spelling.
    FinalSpelling,
    /// The arguments were a string that contains an object.
    ArgumentsInText,
    /// An `Action:` and an `Action Input:` line instead of a block.
    TwoLines,
    /// Further actions followed; only the first one counts.
    FurtherActions,
    /// An invented observation followed; it was cut off.
    InventedObservation,
}

/// The deviations of a reply.
pub type FormatIssues = BTreeSet<FormatIssue>;
