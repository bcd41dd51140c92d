//! Faults on the tools' side, seeded: what an agent does when the office itself misbehaves. `docs/chaos.md` says how a file of them is written.

mod disturb;
mod recovery;

use std::path::Path;

use anyhow::{Context, Result};
use breakroom_tools::native;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::json;
pub use disturb::{Disturbed, Disturber};
pub use recovery::Recovery;

/// The version of the form that this program reads.
const FORMAT_VERSION: u32 = 1;

/// A file of faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// 1.
    #[schemars(range(min = 1, max = 1))]
    pub format_version: u32,
    /// From which it is drawn which calls are disturbed.
    #[serde(default)]
    pub seed: u64,
    /// The faults; of several that would strike one call the first does.
    #[serde(deserialize_with = "json::objects")]
    pub fault: Vec<Disturbance>,
}

/// One kind of fault, and where it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// What happens.
    pub kind: Kind,
    /// The tools that it strikes, like `email.send_email`, or `email.*`; all of them where it is left out.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The share of their calls, from 0 to 1.
    #[serde(default = "always")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
    /// How often in one episode at the most; no limit where it is left out.
    #[serde(default)]
    pub at_most: Option<u32>,
    /// How long a delay is.
    #[serde(default)]
    #[schemars(range(max = LONGEST_DELAY))]
    pub milliseconds: Option<u64>,
}

fn always() -> f64 {
    1.0
}

/// What can happen to a call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It takes longer.
    Latency,
    /// It fails before anything was done.
    ErrorBefore,
    /// It is carried out, and the answer is lost.
    TimeoutAfter,
    /// A page of results ends early.
    TruncatedPage,
    /// A look-up shows the office as it was at first.
    StaleRead,
    /// A field of the result has another name.
    RenamedField,
}

impl Kind {
    /// As files and traces write it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Latency => "latency",
            Kind::ErrorBefore => "error-before",
            Kind::TimeoutAfter => "timeout-after",
            Kind::TruncatedPage => "truncated-page",
            Kind::StaleRead => "stale-read",
            Kind::RenamedField => "renamed-field",
        }
    }
}

impl Kind {
    /// What happened to the call.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Latency => "it took longer",
            Kind::ErrorBefore => "it failed and nothing was done",
            Kind::TimeoutAfter => "it was carried out and its answer was lost",
            Kind::TruncatedPage => "the page ended early",
            Kind::StaleRead => "it showed the office as it was at first",
            Kind::RenamedField => "an id or address had another name",
        }
    }
}

/// The longest delay: ten seconds.
const LONGEST_DELAY: u64 = 10_000;

impl Chaos {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or names what is wrong in it: an unknown tool, a rate that is none.
    pub fn read(path: &Path) -> Result<Chaos> {
        let place = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {place}"))?;
        let chaos: Chaos =
            toml::from_str(&text).with_context(|| format!("{place} is no file of faults"))?;
        chaos.check().with_context(|| place.to_string())?;
        Ok(chaos)
    }

    /// # Errors
    /// What is wrong in it: an unknown tool, a rate that is none.
    pub fn check(&self) -> Result<()> {
        anyhow::ensure!(
            self.format_version == FORMAT_VERSION,
            "has format version {}: this program reads {FORMAT_VERSION}",
            self.format_version
        );
        for fault in &self.fault {
            let kind = fault.kind.name();
            anyhow::ensure!(
                (0.0..=1.0).contains(&fault.rate),
                "the rate {} of {kind} is none: write a share from 0 to 1",
                fault.rate
            );
            let delay = fault.milliseconds.unwrap_or_default();
            anyhow::ensure!(
                delay <= LONGEST_DELAY,
                "{delay} milliseconds of {kind} are too long: {LONGEST_DELAY} at the most"
            );
            anyhow::ensure!(
                fault.kind != Kind::Latency || delay > 0,
                "latency needs milliseconds, from 1 to {LONGEST_DELAY}"
            );
            for tool in &fault.tools {
                match tool.strip_suffix(".*") {
                    Some(domain) => anyhow::ensure!(
                        native::catalog()
                            .iter()
                            .any(|known| known.name.starts_with(&format!("{domain}_"))),
                        "there is no domain {domain:?}: domains are the first part of tools' names, like calendar"
                    ),
                    None => {
                        native::find(tool)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// SHA-256 of all that it says, in hexadecimal: two runs under the same faults have the same.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What disturbs one episode of a task, which is disturbed alike in every run.
    pub fn for_episode(&self, task: &str, trial: u32) -> Disturber {
        Disturber::new(self.clone(), &format!("{task} {trial}"))
    }
}

impl Disturbance {
    /// Whether it strikes a tool, which may be named with a dot or an underscore after the domain.
    fn strikes(&self, tool: &str) -> bool {
        let plain = |name: &str| name.trim().replacen('.', "_", 1);
        self.tools.is_empty()
            || self
                .tools
                .iter()
                .any(|pattern| match pattern.strip_suffix(".*") {
                    Some(domain) => plain(tool).starts_with(&format!("{domain}_")),
                    None => plain(tool) == plain(pattern),
                })
    }
}
