//! The list of policies.

use super::plan::Plan;
use super::slips;
use super::twists::{self, Place};

/// Every policy by name, and what it does.
pub const POLICIES: &[(&str, &str)] = &[
    (
        "intern",
        "works like the oracle, with the slips that people and models make",
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

/// Which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Right, but for slips.
    Intern,
    /// Right.
    Oracle,
    /// Right, without any look-up.
    OracleTerse,
    /// Does nothing.
    Noop,
    /// Asks instead of acting.
    AsksBack,
    /// Next to what is right.
    WrongTarget,
    /// Right, and more than was asked for.
    OverEager,
    /// Never gets on.
    Loops,
    /// By chance, from this seed.
    Random(u64),
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Kind, String> {
        Ok(match text {
            "intern" => Kind::Intern,
            "oracle" => Kind::Oracle,
            "oracle-terse" => Kind::OracleTerse,
            "noop" => Kind::Noop,
            "asks-back" => Kind::AsksBack,
            "wrong-target" => Kind::WrongTarget,
            "over-eager" => Kind::OverEager,
            "loops" => Kind::Loops,
            _ => {
                let seed = text.strip_prefix("random:").map(str::parse);
                let Some(Ok(seed)) = seed else {
                    let names: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
                    return Err(format!(
                        "there is no policy {text:?}: there are {}",
                        names.join(", ")
                    ));
                };
                Kind::Random(seed)
            }
        })
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Kind::Intern => "intern",
            Kind::Oracle => "oracle",
            Kind::OracleTerse => "oracle-terse",
            Kind::Noop => "noop",
            Kind::AsksBack => "asks-back",
            Kind::WrongTarget => "wrong-target",
            Kind::OverEager => "over-eager",
            Kind::Loops => "loops",
            Kind::Random(seed) => return write!(formatter, "random:{seed}"),
        })
    }
}

impl Kind {
    /// What the policy makes of the right plan; none where it leaves it as it is.
    pub(super) fn twisted(self, place: &Place<'_>, plan: &Plan, seed: u64) -> Option<Plan> {
        match self {
            Kind::Oracle => None,
            Kind::Intern => slips::slipped(place, plan, seed),
            Kind::OracleTerse => Some(twists::terse(place, plan)),
            Kind::Noop => Some(twists::noop()),
            Kind::AsksBack => Some(twists::asks_back(place, plan)),
            Kind::WrongTarget => Some(twists::all_wrong(place, plan)),
            Kind::OverEager => Some(twists::unasked(place, plan)),
            Kind::Loops => Some(twists::loops(plan)),
            Kind::Random(seed) => Some(twists::random(place, seed)),
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
            let kind: Kind = name.parse().unwrap();
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
            let message = wrong.parse::<Kind>().unwrap_err();
            assert!(
                message.contains("intern, oracle, ") && message.contains("random:SEED"),
                "{message}"
            );
        }
    }
}
