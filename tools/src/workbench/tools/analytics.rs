//! The original's web analytics. Columns: date, visitor, page views, duration, traffic source, engaged.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{
    PythonArguments, PythonException, WorkbenchOffice, WorkbenchTool, records, text_result,
};
use crate::hints::ToolHints;
use crate::workbench::frame::FrameRow;
use crate::workbench::python;

pub(super) const TOOLS: &[WorkbenchTool] = &[
    WorkbenchTool {
        name: "analytics.get_visitor_information_by_id",
        parameters: &["visitor_id"],
        hints: ToolHints::READ,
        run: get,
    },
    WorkbenchTool {
        name: "analytics.create_plot",
        parameters: &["time_min", "time_max", "value_to_plot", "plot_type"],
        hints: ToolHints::CREATE,
        run: plot,
    },
    WorkbenchTool {
        name: "analytics.total_visits_count",
        parameters: &["time_min", "time_max"],
        hints: ToolHints::READ,
        run: total,
    },
    WorkbenchTool {
        name: "analytics.engaged_users_count",
        parameters: &["time_min", "time_max"],
        hints: ToolHints::READ,
        run: engaged,
    },
    WorkbenchTool {
        name: "analytics.traffic_source_count",
        parameters: &["time_min", "time_max", "traffic_source"],
        hints: ToolHints::READ,
        run: source,
    },
    WorkbenchTool {
        name: "analytics.get_average_session_duration",
        parameters: &["time_min", "time_max"],
        hints: ToolHints::READ,
        run: duration,
    },
];

const VALUES: [&str; 7] = [
    "total_visits",
    "session_duration_seconds",
    "user_engaged",
    "visits_direct",
    "visits_referral",
    "visits_search_engine",
    "visits_social_media",
];

fn get(office: &mut WorkbenchOffice, arguments: &PythonArguments) -> Result<Json, PythonException> {
    if !arguments.given("visitor_id") {
        return text_result("Visitor ID not provided.");
    }
    let frame = &office.analytics;
    let rows: Vec<&FrameRow> = match arguments.get("visitor_id").as_str() {
        Some(id) => frame.find(1, id).collect(),
        None => Vec::new(),
    };
    if rows.is_empty() {
        text_result("Visitor not found.")
    } else {
        Ok(records(frame, &rows))
    }
}

fn plot(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    if !arguments.given("time_min") {
        return text_result("Start date not provided.");
    }
    if !arguments.given("time_max") {
        return text_result("End date not provided.");
    }
    let among = |name: &str, choices: &[&str]| {
        arguments
            .get(name)
            .as_str()
            .is_some_and(|text| choices.contains(&text))
    };
    if !among("value_to_plot", &VALUES) {
        return text_result(
            "Value to plot must be one of 'total_visits', 'session_duration_seconds', 'user_engaged', 'direct', 'referral', \
             'search engine', 'social media'",
        );
    }
    if !among("plot_type", &["bar", "line", "scatter", "histogram"]) {
        return text_result("Plot type must be one of 'bar', 'line', 'scatter', or 'histogram'");
    }
    let parts = ["time_min", "time_max", "value_to_plot", "plot_type"]
        .map(|name| python::to_text(arguments.get(name)));
    let path = format!("plots/{}.png", parts.join("_"));
    office.plots.push(path.clone());
    text_result(&path)
}

/// Computes a figure for each day in the range that has visits.
fn per_day(
    office: &WorkbenchOffice,
    arguments: &PythonArguments,
    figure: impl Fn(&[&FrameRow]) -> Json,
) -> Result<Json, PythonException> {
    let bound = |name: &str| {
        if arguments.given(name) {
            arguments.text(name).map(Some)
        } else {
            Ok(None)
        }
    };
    let (earliest, latest) = (bound("time_min")?, bound("time_max")?);
    let mut days: BTreeMap<&str, Vec<&FrameRow>> = BTreeMap::new();
    for row in &office.analytics.rows {
        let day = row.cells[0].text().ok_or(PythonException)?;
        if earliest.is_none_or(|limit| day >= limit) && latest.is_none_or(|limit| day <= limit) {
            days.entry(day).or_default().push(row);
        }
    }
    Ok(Json::Object(
        days.into_iter()
            .map(|(day, rows)| (day.to_owned(), figure(&rows)))
            .collect::<Map<_, _>>(),
    ))
}

fn total(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    per_day(office, arguments, |rows| json!(rows.len()))
}

fn engaged(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    per_day(office, arguments, |rows| {
        json!(
            rows.iter()
                .filter(|row| row.cells[5].text() == Some("True"))
                .count()
        )
    })
}

fn source(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    let wanted = arguments.get("traffic_source");
    per_day(office, arguments, |rows| {
        let counted =
            |row: &&&FrameRow| !python::is_true(wanted) || row.cells[4].text() == wanted.as_str();
        json!(rows.iter().filter(counted).count())
    })
}

fn duration(
    office: &mut WorkbenchOffice,
    arguments: &PythonArguments,
) -> Result<Json, PythonException> {
    per_day(office, arguments, |rows| {
        let seconds = rows
            .iter()
            .filter_map(|row| row.cells[3].text()?.parse::<f64>().ok());
        json!(seconds.sum::<f64>() / rows.len() as f64)
    })
}
