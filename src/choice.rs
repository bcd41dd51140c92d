//! Which tasks of a suite, and which episodes of a run: `--only` and `--limit`.

use std::collections::HashMap;

use breakroom_record::filter::{Filter, FilterError, Scope};
use breakroom_record::folder::RunFolder;
use breakroom_tasks::task::Task;

/// `--only` for tasks.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct OnlyTasks {
    /// Select tasks: a text that the id, a tag or the domain contains, or terms such as 'domain(email) and not template(email.reply*)'
    /// (docs/command-line.md). If repeated, all must match
    #[arg(long = "only", value_name = "FILTER", value_parser = task_filter)]
    pub filters: Vec<Filter>,
}

/// `--only` for the episodes of a run.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct OnlyEpisodes {
    /// Select episodes: a text that the task's id or domain contains, or terms such as 'outcome(side_effects) or class(wrong_target)'
    /// (docs/command-line.md). If repeated, all must match
    #[arg(long = "only", value_name = "FILTER", value_parser = episode_filter)]
    pub filters: Vec<Filter>,
}

/// Reads a filter of tasks.
///
/// # Errors
/// The text is not one.
pub fn task_filter(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, Scope::Tasks)
}

fn episode_filter(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, Scope::Episodes)
}

impl OnlyTasks {
    /// Whether every filter chooses a task.
    pub fn has(&self, task: &Task) -> bool {
        self.filters.iter().all(|filter| filter.has_task(task))
    }
}

impl OnlyEpisodes {
    /// Leaves the episodes that every filter chooses.
    pub fn apply(&self, folder: &mut RunFolder) {
        let filters = &self.filters;
        let episodes = &mut folder.episodes;
        episodes.retain(|episode| filters.iter().all(|filter| filter.has_episode(episode)));
    }
}

/// So many of these tasks of a suite, as different ones as there are: one of each template before a second of any. If there are
/// fewer than templates, these are taken at even distances. The pytest plugin chooses the same; here they keep the suite's order.
pub fn spread(tasks: &[Task], chosen: &[usize], limit: usize) -> Vec<usize> {
    let mut order: Vec<&str> = Vec::new();
    let mut of_template: HashMap<&str, Vec<usize>> = HashMap::new();
    for place in chosen {
        let template = tasks[*place].template.as_str();
        let places = of_template.entry(template).or_insert_with(|| {
            order.push(template);
            Vec::new()
        });
        places.push(*place);
    }
    let count = order.len();
    let mut spread: Vec<usize> = if limit < count {
        (0..limit)
            .map(|number| of_template[order[number * count / limit]][0])
            .collect()
    } else {
        let longest = of_template.values().map(Vec::len).max().unwrap_or_default();
        let rounds = (0..longest).flat_map(|round| {
            let of_template = &of_template;
            let round = order.iter().map(move |name| of_template[name].get(round));
            round.flatten().copied()
        });
        rounds.take(limit).collect()
    };
    spread.sort_unstable();
    spread
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use breakroom_tasks::suite::Suite;

    use super::*;

    #[test]
    fn a_limit_is_spread_over_templates() {
        let suite = Suite::office_690().unwrap();
        let all: Vec<usize> = (0..suite.tasks.len()).collect();
        let ids = |chosen: &[usize], limit| -> Vec<String> {
            let places = spread(&suite.tasks, chosen, limit);
            places
                .iter()
                .map(|place| suite.tasks[*place].id.clone())
                .collect()
        };
        // 69 templates of ten tasks each.
        assert!(ids(&all, 69).iter().all(|id| id.ends_with(".01")));
        assert_eq!(
            ids(&all, 70)
                .iter()
                .filter(|id| id.ends_with(".02"))
                .count(),
            1
        );
        let three = spread(&suite.tasks, &all, 3);
        assert_eq!(three, [0, 230, 460]);
        assert_eq!(spread(&suite.tasks, &all, 1_000), all);
        assert_eq!(spread(&suite.tasks, &[3, 5, 40], 2), [3, 40]);
        assert!(spread(&suite.tasks, &all, 0).is_empty());
        assert!(spread(&suite.tasks, &[], 5).is_empty());
    }
}
