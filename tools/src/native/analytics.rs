//! Web analytics tools. Counts are per day and include days without visits.

use std::collections::BTreeMap;

use breakroom_sandbox::ToSql;
use breakroom_sandbox::row::RowObject;
use breakroom_sandbox::schema::TableId;
use breakroom_sandbox::session::Scope;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use super::catalog::RunTool;
use super::error::{CallError, refuse};
use super::table::{ToolTable, ascending};
use super::values::{Date, RowId, ToSqlValue, VisitorId, closed_set};
use crate::hints::ToolHints;
use crate::raw_json::to_raw_json;

static PLOTS: ToolTable = ToolTable::new(
    || TableId::find("analytics", "plot").expect("there are plots, a test calls their tool"),
    "plot",
    &[],
    ascending("plot_id"),
);

closed_set! {
    /// The values that a plot can show.
    PlottedValue {
        "total_visits", "session_duration_seconds", "user_engaged", "visits_direct", "visits_referral", "visits_search_engine",
        "visits_social_media"
    }
}
closed_set! {
    /// The kinds of plots.
    PlotType { "bar", "line", "scatter", "histogram" }
}
closed_set! {
    /// How visitors reach the website.
    TrafficSource { "direct", "referral", "search engine", "social media" }
}

#[derive(Serialize)]
struct VisitList<'a> {
    visits: Vec<RowObject<'a>>,
}

#[derive(Serialize)]
struct DailyCounts {
    days: Map<String, Json>,
}

/// Returns every visit of one visitor to the web site
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetVisitorInformationById {
    /// Id of the visitor, digits
    visitor_id: VisitorId,
}
impl RunTool for GetVisitorInformationById {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        let table =
            TableId::find("analytics", "visit").expect("there are visits, a test calls this tool");
        let visitor = &self.visitor_id.0;
        let rows = scope.rows(
            table,
            "WHERE visitor_id = :visitor ORDER BY visit_id",
            &[(":visitor", visitor)],
        )?;
        if rows.is_empty() {
            return refuse(format!("there is no visitor {}", self.visitor_id.0));
        }
        let table = table.table();
        let visits = rows.iter().map(|row| RowObject { table, row });
        Ok(to_raw_json(&VisitList {
            visits: visits.collect(),
        }))
    }
}

/// Plots a value by day and returns the plot. The same plot again is the same plot
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePlot {
    /// First day, like 2026-06-01
    time_min: Date,
    /// Last day, like 2026-06-10
    time_max: Date,
    /// What to plot
    value_to_plot: PlottedValue,
    /// How to plot it
    plot_type: PlotType,
}
impl RunTool for CreatePlot {
    const HINTS: ToolHints = ToolHints::CREATE_ONCE;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        check_span(self.time_min.0, self.time_max.0)?;
        let values = [
            self.value_to_plot.to_sql_value(),
            self.plot_type.to_sql_value(),
            self.time_min.to_sql_value(),
            self.time_max.to_sql_value(),
        ];
        let known = scope.first(
            "SELECT plot_id FROM analytics.plot WHERE value_to_plot = :value AND plot_type = :type AND time_min = :min AND time_max = :max",
            &[(":value", &values[0]), (":type", &values[1]), (":min", &values[2]), (":max", &values[3])],
            |row| row.get(0),
        )?;
        match known {
            Some(id) => PLOTS.get(scope, RowId(id), None),
            None => PLOTS.insert(
                scope,
                &[
                    &self.value_to_plot,
                    &self.plot_type,
                    &self.time_min,
                    &self.time_max,
                ],
            ),
        }
    }
}

/// Refuses a period that ends before it begins or is longer than ten years.
fn check_span(first: NaiveDate, last: NaiveDate) -> Result<(), CallError> {
    if last < first {
        return refuse(format!(
            "time_max {last} is before time_min {first}: swap them"
        ));
    }
    if (last - first).num_days() > 3_660 {
        return refuse(format!(
            "{first} to {last} is more than ten years: ask for a shorter period"
        ));
    }
    Ok(())
}

/// A value for every day of a period. A bound that is left out is the first or last day with visits.
fn by_day(
    scope: &Scope<'_>,
    min: Option<Date>,
    max: Option<Date>,
    value: &str,
    source: Option<TrafficSource>,
) -> Result<Box<RawValue>, CallError> {
    let bounds = scope.first(
        "SELECT min(date_of_visit), max(date_of_visit) FROM analytics.visit",
        &[],
        |row| {
            Ok((
                row.get::<_, Option<String>>(0)?,
                row.get::<_, Option<String>>(1)?,
            ))
        },
    )?;
    let day = |text: Option<String>| text.and_then(|text| text.parse::<NaiveDate>().ok());
    let (first, last) = bounds
        .map(|(first, last)| (day(first), day(last)))
        .unwrap_or_default();
    let (first, last) = (
        min.map(|day| day.0).or(first),
        max.map(|day| day.0).or(last),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(to_raw_json(&DailyCounts { days: Map::new() }));
    };
    check_span(first, last)?;
    let select = format!(
        "SELECT date_of_visit, {value} FROM analytics.visit WHERE date_of_visit BETWEEN :first AND :last
         AND (:source IS NULL OR traffic_source = :source) GROUP BY date_of_visit"
    );
    let (from, to, source) = (
        first.to_string(),
        last.to_string(),
        source.map(|source| source.0),
    );
    let parameters: [(&str, &dyn ToSql); 3] =
        [(":first", &from), (":last", &to), (":source", &source)];
    let known: BTreeMap<String, f64> = scope
        .query(&select, &parameters, |row| Ok((row.get(0)?, row.get(1)?)))?
        .into_iter()
        .collect();
    let is_mean = value.starts_with("avg");
    let days = first.iter_days().take_while(|day| *day <= last).map(|day| {
        let day = day.to_string();
        let value = match known.get(&day) {
            Some(mean) if is_mean => json!(mean),
            None if is_mean => Json::Null,
            count => json!(count.copied().unwrap_or_default() as i64),
        };
        (day, value)
    });
    Ok(to_raw_json(&DailyCounts {
        days: days.collect(),
    }))
}

macro_rules! series {
    ($($(#[$doc:meta])* $name:ident $value:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            /// First day, like 2026-06-01; the first with visits when left out
            time_min: Option<Date>,
            /// Last day, like 2026-06-10; the last with visits when left out
            time_max: Option<Date>,
        }
        impl RunTool for $name {
            const HINTS: ToolHints = ToolHints::READ;

            fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
                by_day(scope, self.time_min, self.time_max, $value, None)
            }
        }
    )*};
}

series! {
    /// Counts the visits of every day
    TotalVisitsCount "1.0 * count(*)";
    /// Counts the engaged users of every day
    EngagedUsersCount "1.0 * sum(user_engaged)";
    /// Returns the mean duration of the visits of every day, in seconds; null on a day without visits
    GetAverageSessionDuration "avg(session_duration_seconds)";
}

/// Counts the visits of every day, of one traffic source or of all
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrafficSourceCount {
    /// First day, like 2026-06-01; the first with visits when left out
    time_min: Option<Date>,
    /// Last day, like 2026-06-10; the last with visits when left out
    time_max: Option<Date>,
    /// How visitors came; all when left out
    traffic_source: Option<TrafficSource>,
}
impl RunTool for TrafficSourceCount {
    const HINTS: ToolHints = ToolHints::READ;

    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, CallError> {
        by_day(
            scope,
            self.time_min,
            self.time_max,
            "1.0 * count(*)",
            self.traffic_source,
        )
    }
}
