//! The linter: rules that every task of a suite must follow. Most are checked by playing calls on sessions.

mod near_miss;
mod prompt;
mod replay;

use std::collections::BTreeMap;

use breakroom_sandbox::Fault;
use breakroom_tools::session::InitialState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::judge::Judge;
use crate::suite::Suite;
use crate::task::Task;
use replay::LintContext;

/// A task that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintFinding {
    /// The rule's name, from [`RULES`] or [`SUITE_RULES`].
    pub rule: String,
    /// The template.
    pub template: String,
    /// The task; none if the template's tasks break the rule together.
    pub task: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Checks a rule for one task, and adds a message for each violation.
type LintCheck = fn(&mut LintContext<'_>, &mut Vec<String>) -> Result<(), Fault>;

/// A rule for single tasks.
pub struct LintRule {
    /// Its name.
    pub name: &'static str,
    /// What it requires.
    pub requirement: &'static str,
    check: LintCheck,
}

/// All rules for single tasks, in the order in which they are checked.
pub const RULES: &[LintRule] = &[
    LintRule {
        name: "prompt",
        requirement: "the prompt contains no unfilled parameters and no superfluous white space",
        check: prompt::prompt,
    },
    LintRule {
        name: "oracle",
        requirement: "the oracle is correct, and none of its calls is refused",
        check: replay::oracle,
    },
    LintRule {
        name: "nothing",
        requirement: "doing nothing is wrong, unless that is the task",
        check: replay::nothing,
    },
    LintRule {
        name: "order",
        requirement: "calls without a fixed order are correct in reverse and in other orders",
        check: replay::order,
    },
    LintRule {
        name: "left-out",
        requirement: "leaving out any call is wrong",
        check: replay::left_out,
    },
    LintRule {
        name: "doubled",
        requirement: "repeating a call is a side effect if it creates a row, and harmless otherwise",
        check: replay::doubled,
    },
    LintRule {
        name: "near-miss",
        requirement: "changing any argument a little is wrong",
        check: near_miss::near_misses,
    },
    LintRule {
        name: "referent",
        requirement: "everyone and everything in the prompt is found by its name, colleagues and customers uniquely",
        check: prompt::referents,
    },
    LintRule {
        name: "reachable",
        requirement: "the tools find every row and address that the oracle needs",
        check: prompt::reachable,
    },
];

/// The rules for all tasks of a template together: their names and what they require.
pub const SUITE_RULES: &[(&str, &str)] = &[
    ("distinct", "no two prompts are alike"),
    (
        "both-ways",
        "if some tasks require no change, 30 to 70 per cent of them do",
    ),
];

/// Checks all rules for all tasks. A suite without findings is sound.
///
/// # Errors
/// A fault.
pub fn lint(
    suite: &Suite,
    start: &InitialState,
    mut progress: impl FnMut(usize),
) -> Result<Vec<LintFinding>, Fault> {
    let mut findings = lint_suite_rules(suite);
    for (index, task) in suite.tasks.iter().enumerate() {
        findings.extend(lint_task(start, task)?);
        progress(index + 1);
    }
    Ok(findings)
}

/// Checks the rules for single tasks for one task.
///
/// # Errors
/// A fault.
pub fn lint_task(start: &InitialState, task: &Task) -> Result<Vec<LintFinding>, Fault> {
    let mut context = LintContext {
        task,
        start,
        judge: Judge::new(start, task)?,
        session: start.open()?,
    };
    let mut findings = Vec::new();
    for rule in RULES {
        let mut messages = Vec::new();
        (rule.check)(&mut context, &mut messages)?;
        findings.extend(messages.into_iter().map(|message| LintFinding {
            rule: rule.name.to_owned(),
            template: task.template.clone(),
            task: Some(task.id.clone()),
            message,
        }));
    }
    Ok(findings)
}

fn lint_suite_rules(suite: &Suite) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    let mut prompts: BTreeMap<&str, &str> = BTreeMap::new();
    let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for task in &suite.tasks {
        if let Some(other) = prompts.insert(&task.prompt, &task.id) {
            findings.push(LintFinding {
                rule: "distinct".to_owned(),
                template: task.template.clone(),
                task: Some(task.id.clone()),
                message: format!("the prompt is the same as that of {other}"),
            });
        }
        let (nothing, all) = shares.entry(&task.template).or_default();
        *nothing += usize::from(task.expects_no_change());
        *all += 1;
    }
    for (template, (nothing, all)) in shares {
        let fair = 10 * nothing >= 3 * all && 10 * nothing <= 7 * all;
        if nothing > 0 && all >= 10 && !fair && is_conditional(suite, template) {
            findings.push(LintFinding {
                rule: "both-ways".to_owned(),
                template: template.to_owned(),
                task: None,
                message: format!("{nothing} of {all} tasks require no change"),
            });
        }
    }
    findings
}

/// Whether a template has a parameter `branch`, so that some of its tasks require a change and some do not.
fn is_conditional(suite: &Suite, template: &str) -> bool {
    suite
        .tasks
        .iter()
        .any(|task| task.template == template && task.parameters.contains_key("branch"))
}
