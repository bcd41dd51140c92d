//! Look-ups for conditions about visits to the web site: which metrics, and of which days.

use breakroom_tasks::task::Task;
use chrono::{Days, NaiveDate};
use serde_json::Value as Json;

use super::office::OfficeView;
use super::plan::PlannedCall;

/// A metric: its name in plots, its name in tasks, the tool that counts it, and the traffic source.
struct Metric {
    plotted: &'static str,
    spoken: &'static str,
    tool: &'static str,
    source: Option<&'static str>,
}

const SOURCES: &str = "analytics_traffic_source_count";

const METRICS: [Metric; 7] = [
    metric(
        "total_visits",
        "total visits",
        "analytics_total_visits_count",
        None,
    ),
    metric(
        "session_duration_seconds",
        "average session duration",
        "analytics_get_average_session_duration",
        None,
    ),
    metric(
        "user_engaged",
        "engaged users",
        "analytics_engaged_users_count",
        None,
    ),
    metric("visits_direct", "direct visits", SOURCES, Some("direct")),
    metric(
        "visits_referral",
        "referral visits",
        SOURCES,
        Some("referral"),
    ),
    metric(
        "visits_search_engine",
        "search engine visits",
        SOURCES,
        Some("search engine"),
    ),
    metric(
        "visits_social_media",
        "social media visits",
        SOURCES,
        Some("social media"),
    ),
];

const fn metric(
    plotted: &'static str,
    spoken: &'static str,
    tool: &'static str,
    source: Option<&'static str>,
) -> Metric {
    Metric {
        plotted,
        spoken,
        tool,
        source,
    }
}

/// The look-ups of all metrics that a task's condition depends on; empty if it has no condition.
pub(super) fn lookups(office: OfficeView<'_>, task: &Task) -> Vec<PlannedCall> {
    if task.difficulty.reads == 0 || !task.domains.iter().any(|domain| domain == "analytics") {
        return Vec::new();
    }
    let said: Vec<&str> = task.parameters.values().filter_map(Json::as_str).collect();
    let is_said =
        |metric: &&Metric| said.contains(&metric.plotted) || said.contains(&metric.spoken);
    let mut metrics: Vec<&Metric> = METRICS.iter().filter(is_said).collect();
    // A source that is described by leading in something has to be compared with the others.
    if task.domains.len() == 1
        && metrics.len() < task.difficulty.reads
        && metrics.iter().all(|metric| metric.source.is_some())
    {
        metrics = METRICS
            .iter()
            .filter(|metric| metric.source.is_some())
            .collect();
    }
    let (first, last) = span(office, task);
    let look = |metric: &Metric| {
        let mut planned = PlannedCall::new(metric.tool);
        if let Some(first) = first {
            planned = planned.with("time_min", first.to_string());
        }
        planned = planned.with("time_max", last.to_string());
        match metric.source {
            Some(source) => planned.with("traffic_source", source),
            None => planned,
        }
    };
    metrics.into_iter().map(look).collect()
}

/// The first day, if the task states one, and the last.
fn span(office: OfficeView<'_>, task: &Task) -> (Option<NaiveDate>, NaiveDate) {
    let day = |name: &str| {
        task.parameters
            .get(name)?
            .as_str()?
            .parse::<NaiveDate>()
            .ok()
    };
    let yesterday = office.today() - Days::new(1);
    let last = ["last", "until", "to"].into_iter().find_map(day);
    let last = last.filter(|last| *last < yesterday).unwrap_or(yesterday);
    let count = task.parameters.get("days").and_then(Json::as_u64);
    let first = ["since", "first", "from", "day"].into_iter().find_map(day);
    let first = first.or_else(|| Some(office.today() - Days::new(count?)));
    (first.filter(|first| *first <= last), last)
}
