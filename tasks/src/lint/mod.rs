//! The linter that guards a suite: rules that every task keeps, each tried by playing calls on sessions.

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
    /// The rule's name, one of [`RULES`].
    pub rule: String,
    /// The template.
    pub template: String,
    /// The task; none where the template's tasks together break the rule.
    pub task: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// What a rule is checked with: one task, and a place to play on.
type LintCheck = fn(&mut LintContext<'_>, &mut Vec<String>) -> Result<(), Fault>;

/// A rule about single tasks.
pub struct LintRule {
    /// Its name.
    pub name: &'static str,
    /// What it asks for.
    pub requirement: &'static str,
    check: LintCheck,
}

/// Every rule about single tasks, in the order in which they are checked.
pub const RULES: &[LintRule] = &[
    LintRule {
        name: "prompt",
        requirement: "the prompt holds no unfilled parameter and no needless white space",
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
        requirement: "free calls are correct in reverse and in other orders",
        check: replay::order,
    },
    LintRule {
        name: "left-out",
        requirement: "with any call left out it is wrong",
        check: replay::left_out,
    },
    LintRule {
        name: "doubled",
        requirement: "a call made twice is a side effect where it creates, and harmless elsewhere",
        check: replay::doubled,
    },
    LintRule {
        name: "near-miss",
        requirement: "with any argument a little off it is wrong",
        check: near_miss::near_misses,
    },
    LintRule {
        name: "referent",
        requirement: "whoever and whatever the prompt names is found by that name, people and customers alone",
        check: prompt::referents,
    },
    LintRule {
        name: "reachable",
        requirement: "the tools find every row and address that the oracle needs",
        check: prompt::reachable,
    },
];

/// Rules about the tasks of a template together, and what they ask for.
pub const SUITE_RULES: &[(&str, &str)] = &[
    ("distinct", "no two prompts are alike"),
    (
        "both-ways",
        "where some tasks ask for nothing, three to seven in ten do",
    ),
];

/// Checks every rule for every task. A suite without findings is sound.
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

/// Checks the rules about single tasks for one.
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
                message: format!("the prompt is that of {other} too"),
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
                message: format!("{nothing} of {all} tasks ask for nothing"),
            });
        }
    }
    findings
}

/// Whether a template says by its parameter `branch` that its tasks go either way.
fn is_conditional(suite: &Suite, template: &str) -> bool {
    suite
        .tasks
        .iter()
        .any(|task| task.template == template && task.parameters.contains_key("branch"))
}
