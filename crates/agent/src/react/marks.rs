//! What can be mended in a reply. A mark is evidence for reports; it never changes what is done.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was mended in a reply.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The action stood in no fenced block.
    Unfenced,
    /// Text between single quotes.
    SingleQuotes,
    /// A comma before a closing bracket.
    TrailingComma,
    /// `True`, `False` or `None`.
    PythonNames,
    /// A comment within the JSON.
    Comment,
    /// A raw newline or another control character within a text.
    ControlCharacter,
    /// An escape that JSON does not have, such as `\_`.
    UnknownEscape,
    /// A key without quotes.
    BareKey,
    /// Closing brackets were missing before the closing fence.
    Unclosed,
    /// The keys were others than `action` and `action_input`.
    OtherKeys,
    /// The tool's name was written with blanks or backslashes around or in it.
    ToolName,
    /// `Final Answer` in another spelling.
    FinalSpelling,
    /// The arguments were a text that holds an object.
    ArgumentsInText,
    /// An `Action:` and an `Action Input:` line in place of one block.
    TwoLines,
    /// Further actions followed; only the first was read.
    FurtherActions,
    /// An observation followed that no tool had made; it was cut off.
    InventedObservation,
}

/// What was mended, each once.
pub type Marks = BTreeSet<Mark>;
