//! The settings that determine a run's results. Two runs with equal settings are the same experiment.

use breakroom_agent::ToolSelection;
use breakroom_tasks::task::Task;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The settings of a run, as kept in `run.json`. They contain no key or password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// The suite's name.
    pub suite: String,
    /// The agent, like `react` or `exec:COMMAND`.
    pub agent: String,
    /// The model, if the agent has one.
    pub model: Option<String>,
    /// The base URL of the model's API, without user and password; missing for the provider's own.
    pub base_url: Option<String>,
    /// Which tools the agent gets.
    pub tools: ToolScope,
    /// The rules that decide outcomes.
    pub rules: breakroom_tasks::verdict::ScoringRules,
    /// Only the tasks that this filter chooses: `docs/command-line.md`.
    pub only: Option<String>,
    /// Only the first so many tasks of each template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_template: Option<usize>,
    /// Only so many tasks, spread over the templates.
    pub limit: Option<usize>,
    /// Episodes per task.
    pub trials: u32,
    /// The limit of steps per episode.
    pub max_steps: usize,
    /// The time limit per episode, in seconds.
    pub timeout: u64,
    /// The limit of tokens per conversation.
    pub max_context: Option<u64>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// The limit of tokens per reply.
    pub max_tokens: Option<u32>,
    /// The seed of everything random. Trial K of a task samples with this seed plus K.
    pub seed: u64,
    /// The hash of the chaos settings; missing if calls are not disturbed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chaos: Option<String>,
    /// Which part of the episodes this run plays; missing for all of them.
    pub shard: Option<Shard>,
}

/// Which tools an agent gets for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolScope {
    /// Those of the task's domains, and the directory.
    Domain,
    /// All tools.
    All,
}

impl ToolScope {
    /// The tools that an agent gets for a task.
    pub fn selection(self, task: &Task) -> ToolSelection {
        match self {
            ToolScope::All => ToolSelection::All,
            ToolScope::Domain => ToolSelection::Domains(task.domains.clone()),
        }
    }
}

/// One of several equal parts of a run: every `count`-th episode, starting with number `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which part, counted from one.
    pub index: usize,
    /// The number of parts.
    pub count: usize,
}

impl Shard {
    /// Whether the shard contains the episode at that position of the whole run.
    pub fn has(self, place: usize) -> bool {
        place % self.count == self.index - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
            _ => Err(format!(
                "invalid shard {text:?}: write one like 2/8, counted from 1"
            )),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

impl RunSettings {
    /// What was run, in one line.
    pub fn title(&self) -> String {
        let mut title = format!("{}: {}", self.suite, self.agent);
        if let Some(model) = &self.model {
            title.push_str(&format!(", {model}"));
        }
        if self.trials > 1 {
            title.push_str(&format!(", {} trials", self.trials));
        }
        title
    }

    /// The settings that differ, such as `seed: 1 and 2`.
    pub fn differences(&self, other: &RunSettings) -> Vec<String> {
        let fields = |settings: &RunSettings| match serde_json::to_value(settings) {
            Ok(Json::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let (mine, others) = (fields(self), fields(other));
        let differing = mine
            .iter()
            .filter(|(name, value)| others.get(*name) != Some(*value));
        differing
            .map(|(name, value)| {
                format!(
                    "{name}: {value} and {}",
                    others.get(name).unwrap_or(&Json::Null)
                )
            })
            .collect()
    }
}

/// A URL without user, password and query.
pub fn masked_url(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest
                .split_once('/')
                .map_or((rest, None), |(host, path)| (host, Some(path)));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            // A query may contain a key.
            let path = path.map(|path| path.split('?').next().unwrap_or_default());
            path.map_or_else(
                || format!("{scheme}://{host}"),
                |path| format!("{scheme}://{host}/{path}"),
            )
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_out_every_episode_once() {
        for place in 0..20 {
            let having = (1..=3).filter(|index| {
                Shard {
                    index: *index,
                    count: 3,
                }
                .has(place)
            });
            assert_eq!(having.count(), 1);
        }
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for text in ["0/8", "9/8", "2", "a/b", "1/0"] {
            assert!(text.parse::<Shard>().unwrap_err().contains(text));
        }
    }

    #[test]
    fn an_address_is_kept_without_user_password_and_query() {
        assert_eq!(
            masked_url("http://me:secret@127.0.0.1:8000/v1?key=secret"),
            "http://127.0.0.1:8000/v1"
        );
        assert_eq!(masked_url("http://127.0.0.1:8000"), "http://127.0.0.1:8000");
    }
}
