//! Why episodes failed: one class each and any number of marks, from evidence that is kept with them. `docs/error-classes.md` lists the classes.
//!
//! | module | what it holds |
//! |---|---|
//! | `classes` | the list of classes, and how one is found |
//! | `evidence` | what rules may look at |
//! | `rows`, `calls`, `endings` | the rules: over the verdict's rows, the calls, and how the work ended |
//! | `shown_values` | the ids and addresses that an agent was shown |

mod calls;
mod classes;
mod endings;
mod evidence;
mod rows;
mod shown_values;

pub use classes::{CLASSES, ErrorClass, ErrorClassDefinition, ErrorMark, classify};
pub use evidence::{Evidence, RuleMatch};
