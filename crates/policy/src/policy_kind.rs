//! The list of policies.

use super::mistakes;
use super::mutations;
use super::plan::Plan;
use super::plan_context::PlanContext;

/// The names of all policies, and what they do.
pub const POLICIES: &[(&str, &str)] = &[
    (
        "intern",
        "works like the oracle, with the mistakes that people and models make",
    ),
    ("oracle", "looks up what it needs and does everything right"),
    (
        "oracle-terse",
        "makes the expected calls, and looks nothing up",
    ),
    ("noop", "does nothing and says that it is done"),
    (
        "asks-back",
        "looks at the office, then asks instead of acting",
    ),
    (
        "wrong-target",
        "changes the row, the person or the day next to the right one",
    ),
    (
        "over-eager",
        "does everything right, and one thing that nobody asked for",
    ),
    ("loops", "makes the same call again and again"),
    ("random:SEED", "calls tools by chance"),
];

/// A policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Correct, except for mistakes.
    Intern,
    /// Correct.
    Oracle,
    /// Correct, without any look-up.
    OracleTerse,
    /// Does nothing.
    Noop,
    /// Asks instead of acting.
    AsksBack,
    /// Changes something next to the right thing.
    WrongTarget,
    /// Correct, and does more than was asked.
    OverEager,
    /// Makes no progress.
    Loops,
    /// Calls random tools, drawn from this seed.
    Random(u64),
}

impl std::str::FromStr for PolicyKind {
    type Err = String;

    fn from_str(text: &str) -> Result<PolicyKind, String> {
        Ok(match text {
            "intern" => PolicyKind::Intern,
            "oracle" => PolicyKind::Oracle,
            "oracle-terse" => PolicyKind::OracleTerse,
            "noop" => PolicyKind::Noop,
            "asks-back" => PolicyKind::AsksBack,
            "wrong-target" => PolicyKind::WrongTarget,
            "over-eager" => PolicyKind::OverEager,
            "loops" => PolicyKind::Loops,
            _ => {
                let seed = text.strip_prefix("random:").map(str::parse);
                let Some(Ok(seed)) = seed else {
                    let names: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
                    return Err(format!(
                        "unknown policy {text:?}: use one of {}",
                        names.join(", ")
                    ));
                };
                PolicyKind::Random(seed)
            }
        })
    }
}

impl std::fmt::Display for PolicyKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            PolicyKind::Intern => "intern",
            PolicyKind::Oracle => "oracle",
            PolicyKind::OracleTerse => "oracle-terse",
            PolicyKind::Noop => "noop",
            PolicyKind::AsksBack => "asks-back",
            PolicyKind::WrongTarget => "wrong-target",
            PolicyKind::OverEager => "over-eager",
            PolicyKind::Loops => "loops",
            PolicyKind::Random(seed) => return write!(formatter, "random:{seed}"),
        })
    }
}

impl PolicyKind {
    /// Turns the correct plan into the policy's plan; None if it is the same.
    pub(super) fn mutate(self, context: &PlanContext<'_>, plan: &Plan, seed: u64) -> Option<Plan> {
        match self {
            PolicyKind::Oracle => None,
            PolicyKind::Intern => mistakes::with_mistake(context, plan, seed),
            PolicyKind::OracleTerse => Some(mutations::terse(context, plan)),
            PolicyKind::Noop => Some(mutations::noop()),
            PolicyKind::AsksBack => Some(mutations::asks_back(context, plan)),
            PolicyKind::WrongTarget => Some(mutations::all_wrong(context, plan)),
            PolicyKind::OverEager => Some(mutations::unrequested(context, plan)),
            PolicyKind::Loops => Some(mutations::loops(plan)),
            PolicyKind::Random(seed) => Some(mutations::random(context, seed)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_listed_once_and_found_by_its_name() {
        for (listed, line) in POLICIES {
            let name = listed.replace("SEED", "7");
            let kind: PolicyKind = name.parse().unwrap();
            assert_eq!(kind.to_string(), name);
            let row = format!("| `{listed}` | {line} |");
            assert!(
                include_str!("../../../docs/models.md").contains(&row),
                "docs/models.md lacks {row}"
            );
        }
        assert_eq!(POLICIES.len(), 9);
    }

    #[test]
    fn an_unknown_policy_is_refused_with_the_list() {
        for wrong in ["trainee", "random", "random:x", ""] {
            let message = wrong.parse::<PolicyKind>().unwrap_err();
            assert!(
                message.contains("intern, oracle, ") && message.contains("random:SEED"),
                "{message}"
            );
        }
    }
}
