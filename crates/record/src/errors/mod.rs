//! Why episodes failed. Each failed episode has one class and any number of marks, found by rules over what is recorded of it.
//! `docs/error-classes.md` lists the classes. No rule asks a model, a session or a clock.
//!
//! | module | what it holds |
//! |---|---|
//! | `classes` | the list of classes, and classification |
//! | `evidence` | what rules can look at |
//! | `rows`, `calls`, `endings` | the rules: over the verdict's rows, the calls, and the ending |
//! | `shown_values` | the ids and addresses that the agent was shown |

mod calls;
mod classes;
mod endings;
mod evidence;
mod rows;
mod shown_values;

pub use classes::{CLASSES, ErrorClass, ErrorClassDefinition, ErrorMark, classify};
pub use evidence::{Evidence, RuleMatch};
