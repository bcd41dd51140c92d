//! Tools of web analytics. Counts are by day, days without visits included.

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

use super::catalog::Run;
use super::failure::{Failure, refuse};
use super::table::{Target, ascending};
use super::values::{Day, Digits, Id, Stored, closed_set};
use crate::written::write;

static PLOTS: Target = Target::new(
    || TableId::find("analytics", "plot").expect("there are plots, a test calls their tool"),
    "plot",
    &[],
    ascending("plot_id"),
);

closed_set! {
    /// What a plot can show.
    Plottable {
        "total_visits", "session_duration_seconds", "user_engaged", "visits_direct", "visits_referral", "visits_search_engine",
        "visits_social_media"
    }
}
closed_set! {
    /// How a plot shows it.
    PlotType { "bar", "line", "scatter", "histogram" }
}
closed_set! {
    /// How visitors came.
    Source { "direct", "referral", "search engine", "social media" }
}

#[derive(Serialize)]
struct Visits<'a> {
    visits: Vec<RowObject<'a>>,
}

#[derive(Serialize)]
struct Days {
    days: Map<String, Json>,
}

/// Returns every visit of one visitor to the web site
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetVisitorInformationById {
    /// Id of the visitor, digits
    visitor_id: Digits,
}
impl Run for GetVisitorInformationById {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
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
        Ok(write(&Visits {
            visits: visits.collect(),
        }))
    }
}

/// Plots a value by day and returns the plot. The same plot again is the same plot
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePlot {
    /// First day, like 2026-06-01
    time_min: Day,
    /// Last day, like 2026-06-10
    time_max: Day,
    /// What to plot
    value_to_plot: Plottable,
    /// How to plot it
    plot_type: PlotType,
}
impl Run for CreatePlot {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        check_span(self.time_min.0, self.time_max.0)?;
        let values = [
            self.value_to_plot.stored(),
            self.plot_type.stored(),
            self.time_min.stored(),
            self.time_max.stored(),
        ];
        let known = scope.first(
            "SELECT plot_id FROM analytics.plot WHERE value_to_plot = :value AND plot_type = :type AND time_min = :min AND time_max = :max",
            &[(":value", &values[0]), (":type", &values[1]), (":min", &values[2]), (":max", &values[3])],
            |row| row.get(0),
        )?;
        match known {
            Some(id) => PLOTS.information(scope, Id(id), None),
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

/// Refuses a span that ends before it begins or is longer than ten years.
fn check_span(first: NaiveDate, last: NaiveDate) -> Result<(), Failure> {
    if last < first {
        return refuse(format!(
            "time_max {last} is before time_min {first}: exchange them"
        ));
    }
    if (last - first).num_days() > 3_660 {
        return refuse(format!(
            "from {first} to {last} are more than ten years: ask for less"
        ));
    }
    Ok(())
}

/// A value of every day of a span; the span reaches as far as the visits do where an end is left out.
fn by_day(
    scope: &Scope<'_>,
    min: Option<Day>,
    max: Option<Day>,
    value: &str,
    source: Option<Source>,
) -> Result<Box<RawValue>, Failure> {
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
        return Ok(write(&Days { days: Map::new() }));
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
    Ok(write(&Days {
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
            time_min: Option<Day>,
            /// Last day, like 2026-06-10; the last with visits when left out
            time_max: Option<Day>,
        }
        impl Run for $name {
            fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
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
    time_min: Option<Day>,
    /// Last day, like 2026-06-10; the last with visits when left out
    time_max: Option<Day>,
    /// How visitors came; all when left out
    traffic_source: Option<Source>,
}
impl Run for TrafficSourceCount {
    fn run(self, scope: &Scope<'_>) -> Result<Box<RawValue>, Failure> {
        by_day(
            scope,
            self.time_min,
            self.time_max,
            "1.0 * count(*)",
            self.traffic_source,
        )
    }
}
