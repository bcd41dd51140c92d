//! What a file of faults says, and what is wrong with it.

use std::path::Path;

use anyhow::{Context, Result};
use breakroom_tools::native;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::json;

/// The version of the format that this program reads.
const FORMAT_VERSION: u32 = 1;

/// A file of faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// 1.
    #[schemars(range(min = 1, max = 1))]
    pub format_version: u32,
    /// Decides which calls are disturbed.
    #[serde(default)]
    pub seed: u64,
    /// The faults; if several would strike one call, the first one does.
    #[serde(deserialize_with = "json::objects")]
    pub fault: Vec<Disturbance>,
}

/// One kind of fault, and which calls it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// What happens.
    pub kind: DisturbanceKind,
    /// The tools that it strikes, like `email.send_email` or `email.*`; every tool if it is left out.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The share of their calls, from 0 to 1.
    #[serde(default = "always")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
    /// How often it strikes in one episode at most; no limit if it is left out.
    #[serde(default)]
    pub at_most: Option<u32>,
    /// How long a delay takes.
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
pub enum DisturbanceKind {
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

impl DisturbanceKind {
    /// Its name in files and traces.
    pub fn name(self) -> &'static str {
        match self {
            DisturbanceKind::Latency => "latency",
            DisturbanceKind::ErrorBefore => "error-before",
            DisturbanceKind::TimeoutAfter => "timeout-after",
            DisturbanceKind::TruncatedPage => "truncated-page",
            DisturbanceKind::StaleRead => "stale-read",
            DisturbanceKind::RenamedField => "renamed-field",
        }
    }

    /// What happened to the call.
    pub fn words(self) -> &'static str {
        match self {
            DisturbanceKind::Latency => "it took longer",
            DisturbanceKind::ErrorBefore => "it failed and nothing was done",
            DisturbanceKind::TimeoutAfter => "it was carried out and its answer was lost",
            DisturbanceKind::TruncatedPage => "the page ended early",
            DisturbanceKind::StaleRead => "it showed the office as it was at first",
            DisturbanceKind::RenamedField => "an id or address had another name",
        }
    }
}

/// The longest delay: ten seconds.
const LONGEST_DELAY: u64 = 10_000;

impl Chaos {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or it is not valid; see [`check`](Self::check).
    pub fn read(path: &Path) -> Result<Chaos> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let chaos: Chaos =
            toml::from_str(&text).with_context(|| format!("{shown} is not a file of faults"))?;
        chaos.check().with_context(|| shown.to_string())?;
        Ok(chaos)
    }

    /// Checks what its types do not.
    ///
    /// # Errors
    /// The error says what is wrong, such as an unknown tool or a rate that is not between 0 and 1.
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
                "invalid rate {} for {kind}: must be between 0 and 1",
                fault.rate
            );
            let delay = fault.milliseconds.unwrap_or_default();
            anyhow::ensure!(
                delay <= LONGEST_DELAY,
                "invalid delay of {delay} milliseconds for {kind}: must be at most {LONGEST_DELAY}"
            );
            anyhow::ensure!(
                fault.kind != DisturbanceKind::Latency || delay > 0,
                "latency needs milliseconds, from 1 to {LONGEST_DELAY}"
            );
            for tool in &fault.tools {
                match tool.strip_suffix(".*") {
                    Some(domain) => anyhow::ensure!(
                        native::catalog()
                            .iter()
                            .any(|known| known.name.starts_with(&format!("{domain}_"))),
                        "there is no domain {domain:?}: write the first part of a tool's name, like calendar"
                    ),
                    None => {
                        native::find(tool)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// SHA-256 of the whole file, in hexadecimal. Two runs with the same faults have the same hash.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl Disturbance {
    /// Whether it strikes a tool. The tool's name may have a dot or an underscore after the domain.
    pub(super) fn strikes(&self, tool: &str) -> bool {
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
