//! Conditions about visits to the web site: which figures they are about, and of which days.

use breakroom_tasks::task::Task;
use chrono::{Days, NaiveDate};
use serde_json::Value as Json;

use super::office::Office;
use super::plan::Line;

/// A figure: as plots call it, as tasks do, the tool that counts it, and the traffic source.
struct Figure {
    plotted: &'static str,
    spoken: &'static str,
    tool: &'static str,
    source: Option<&'static str>,
}

const SOURCES: &str = "analytics_traffic_source_count";

const FIGURES: [Figure; 7] = [
    figure(
        "total_visits",
        "total visits",
        "analytics_total_visits_count",
        None,
    ),
    figure(
        "session_duration_seconds",
        "average session duration",
        "analytics_get_average_session_duration",
        None,
    ),
    figure(
        "user_engaged",
        "engaged users",
        "analytics_engaged_users_count",
        None,
    ),
    figure("visits_direct", "direct visits", SOURCES, Some("direct")),
    figure(
        "visits_referral",
        "referral visits",
        SOURCES,
        Some("referral"),
    ),
    figure(
        "visits_search_engine",
        "search engine visits",
        SOURCES,
        Some("search engine"),
    ),
    figure(
        "visits_social_media",
        "social media visits",
        SOURCES,
        Some("social media"),
    ),
];

const fn figure(
    plotted: &'static str,
    spoken: &'static str,
    tool: &'static str,
    source: Option<&'static str>,
) -> Figure {
    Figure {
        plotted,
        spoken,
        tool,
        source,
    }
}

/// The look-ups of all figures that a task's condition is about; none where it has no condition.
pub(super) fn looks(office: Office<'_>, task: &Task) -> Vec<Line> {
    if task.difficulty.reads == 0 || !task.domains.iter().any(|domain| domain == "analytics") {
        return Vec::new();
    }
    let said: Vec<&str> = task.parameters.values().filter_map(Json::as_str).collect();
    let is_said =
        |figure: &&Figure| said.contains(&figure.plotted) || said.contains(&figure.spoken);
    let mut figures: Vec<&Figure> = FIGURES.iter().filter(is_said).collect();
    // A source that is told by what it leads in has to be compared with the others.
    if task.domains.len() == 1
        && figures.len() < task.difficulty.reads
        && figures.iter().all(|figure| figure.source.is_some())
    {
        figures = FIGURES
            .iter()
            .filter(|figure| figure.source.is_some())
            .collect();
    }
    let (first, last) = span(office, task);
    let look = |figure: &Figure| {
        let mut line = Line::new(figure.tool);
        if let Some(first) = first {
            line = line.with("time_min", first.to_string());
        }
        line = line.with("time_max", last.to_string());
        match figure.source {
            Some(source) => line.with("traffic_source", source),
            None => line,
        }
    };
    figures.into_iter().map(look).collect()
}

/// The first day, where it is told, and the last.
fn span(office: Office<'_>, task: &Task) -> (Option<NaiveDate>, NaiveDate) {
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
