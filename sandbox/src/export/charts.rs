//! Exports plots as SVG charts of the session's visits.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Days, NaiveDate};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::write_files;
use crate::row::Row;
use crate::schema::TableId;
use crate::session::Session;
use crate::{Fault, Value};

const SIZE: (u32, u32) = (960, 480);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(38, 92, 150);
const GRID: RGBColor = RGBColor(222, 222, 222);
const TEXT: RGBColor = RGBColor(50, 50, 50);

/// Every plot of a session as the text of an SVG file, by id.
///
/// # Errors
/// Fails if SQLite cannot read a row, or names the plot that cannot be drawn.
pub fn charts(session: &Session) -> Result<BTreeMap<i64, String>, Fault> {
    let find = |name| TableId::find("analytics", name).expect("the schema has visits and plots");
    let (plots, visits) = (session.rows(find("plot"))?, session.rows(find("visit"))?);
    plots
        .iter()
        .map(|row| {
            let plot = Plot::read(find("plot"), row);
            let days = plot.daily_values(find("visit"), &visits);
            let chart = plot.draw(&days).map_err(|reason| Fault::Plot {
                plot_id: plot.id,
                reason,
            })?;
            Ok((plot.id, chart))
        })
        .collect()
}

/// Writes every plot as `00000001.svg` and so on.
///
/// # Errors
/// Fails like [`charts`], or names the file that could not be written.
pub fn write_charts(session: &Session, folder: &Path) -> Result<(), Fault> {
    let charts = charts(session)?.into_iter();
    write_files(
        folder,
        charts.map(|(id, chart)| (format!("{id:08}.svg"), chart.into_bytes())),
    )
}

/// A plot's row.
struct Plot {
    id: i64,
    value: String,
    kind: String,
    first: NaiveDate,
    last: NaiveDate,
}

/// A day and its value. A mean has no value on a day without visits.
type DailyValue = (NaiveDate, Option<f64>);

fn cell<'a>(table: TableId, row: &'a Row, name: &str) -> &'a Value {
    let index = table.table().column_index(name);
    &row[index.expect("the schema has the columns named here: a test draws each plot")]
}

fn text<'a>(table: TableId, row: &'a Row, name: &str) -> &'a str {
    match cell(table, row, name) {
        Value::Text(text) => text,
        _ => unreachable!("column {name} holds text"),
    }
}

fn number(table: TableId, row: &Row, name: &str) -> i64 {
    match cell(table, row, name) {
        Value::Integer(number) => *number,
        _ => unreachable!("column {name} holds an integer"),
    }
}

impl Plot {
    fn read(table: TableId, row: &Row) -> Plot {
        let day = |name| {
            let day = text(table, row, name).parse();
            day.expect("the schema accepts only valid days")
        };
        Plot {
            id: number(table, row, "plot_id"),
            value: text(table, row, "value_to_plot").to_owned(),
            kind: text(table, row, "plot_type").to_owned(),
            first: day("time_min"),
            last: day("time_max"),
        }
    }

    /// The value of every day of the plot.
    fn daily_values(&self, table: TableId, visits: &[Row]) -> Vec<DailyValue> {
        let source = self
            .value
            .strip_prefix("visits_")
            .map(|name| name.replace('_', " "));
        let mut sums: BTreeMap<NaiveDate, (f64, f64)> = BTreeMap::new();
        for visit in visits {
            let day: NaiveDate = text(table, visit, "date_of_visit")
                .parse()
                .expect("the schema accepts only valid days");
            let summand = match self.value.as_str() {
                "session_duration_seconds" | "user_engaged" => {
                    number(table, visit, &self.value) as f64
                }
                "total_visits" => 1.0,
                _ => f64::from(source.as_deref() == Some(text(table, visit, "traffic_source"))),
            };
            let sum = sums.entry(day).or_default();
            *sum = (sum.0 + summand, sum.1 + 1.0);
        }
        let is_mean = self.value == "session_duration_seconds";
        let days = self.first.iter_days().take_while(|day| *day <= self.last);
        days.map(|day| {
            let value = match sums.get(&day) {
                Some((sum, count)) if is_mean => Some(sum / count),
                None if is_mean => None,
                sum => Some(sum.map_or(0.0, |(sum, _)| *sum)),
            };
            (day, value)
        })
        .collect()
    }

    /// The chart's title.
    fn title(&self) -> String {
        let value = self.value_name();
        format!("{value}, {} to {}", self.first, self.last)
    }

    fn value_name(&self) -> String {
        match self.value.as_str() {
            "total_visits" => "Visits".to_owned(),
            "session_duration_seconds" => "Mean session duration in seconds".to_owned(),
            "user_engaged" => "Engaged users".to_owned(),
            source => format!(
                "Visits from {}",
                source.trim_start_matches("visits_").replace('_', " ")
            ),
        }
    }

    fn draw(&self, days: &[DailyValue]) -> Result<String, String> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let drawn = area.fill(&WHITE).and_then(|()| match self.kind.as_str() {
                "histogram" => self.draw_distribution(&area, days),
                _ => self.draw_by_day(&area, days),
            });
            drawn
                .and_then(|()| area.present())
                .map_err(|error| error.to_string())?;
        }
        Ok(svg)
    }

    /// Draws days from left to right, with their values as bars, points or a line. The line is interrupted at days without a value.
    fn draw_by_day(&self, area: &ChartArea<'_>, days: &[DailyValue]) -> DrawResult {
        let values: Vec<(f64, f64)> = (0..)
            .zip(days)
            .filter_map(|(index, (_, value))| value.map(|value| (f64::from(index), value)))
            .collect();
        let day = |place: &f64| {
            let whole = (place - place.round()).abs() < 1e-6 && place.round() >= 0.0;
            let day = self.first.checked_add_days(Days::new(place.round() as u64));
            day.filter(|_| whole)
                .map(|day| day.to_string())
                .unwrap_or_default()
        };
        let right = days.len() as f64 - 0.5;
        let axes = Axes {
            x: (-0.5, right),
            x_labels: days.len().min(8),
            x_label: &day,
            x_name: "Day",
            y_name: &self.value_name(),
            title: &self.title(),
        };
        let mut chart = axes.draw(area, values.iter().map(|point| point.1))?;
        match self.kind.as_str() {
            "bar" => {
                chart.draw_series(values.iter().map(|(place, value)| bar(*place, *value, 0.4)))?;
            }
            "line" => {
                for run in values.chunk_by(|a, b| b.0 - a.0 < 1.5) {
                    let style = INK.stroke_width(2);
                    chart.draw_series(LineSeries::new(run.iter().copied(), style))?;
                    chart.draw_series(run.iter().map(|it| Circle::new(*it, 2, INK.filled())))?;
                }
            }
            _ => {
                chart.draw_series(values.iter().map(|it| Circle::new(*it, 4, INK.filled())))?;
            }
        }
        Ok(())
    }

    /// Draws a histogram: values from left to right, with the number of days on which each occurred.
    fn draw_distribution(&self, area: &ChartArea<'_>, days: &[DailyValue]) -> DrawResult {
        let values: Vec<f64> = days.iter().filter_map(|(_, value)| *value).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min).floor();
        let high = values.iter().copied().fold(0.0, f64::max);
        let low = if low.is_finite() { low } else { 0.0 };
        let wanted = (values.len() as f64).sqrt().ceil().clamp(1.0, 20.0);
        let width = ((high - low) / wanted).ceil().max(1.0);
        let mut bins = vec![0.0; ((high - low) / width) as usize + 1];
        for value in values {
            bins[((value - low) / width) as usize] += 1.0;
        }
        let axes = Axes {
            x: (low, low + width * bins.len() as f64),
            x_labels: 8,
            x_label: &|value| value.to_string(),
            x_name: &self.value_name(),
            y_name: "Days",
            title: &self.title(),
        };
        let mut chart = axes.draw(area, bins.iter().copied())?;
        let middle = |place: usize| low + width * (place as f64 + 0.5);
        let bars = bins.iter().enumerate();
        chart.draw_series(bars.map(|(place, count)| bar(middle(place), *count, width * 0.48)))?;
        Ok(())
    }
}

type ChartArea<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type DrawResult = Result<(), DrawingAreaErrorKind<std::io::Error>>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn bar(place: f64, height: f64, half_width: f64) -> Rectangle<(f64, f64)> {
    Rectangle::new(
        [(place - half_width, 0.0), (place + half_width, height)],
        INK.filled(),
    )
}

/// The title and the axes of a chart.
struct Axes<'a> {
    x: (f64, f64),
    x_labels: usize,
    x_label: &'a dyn Fn(&f64) -> String,
    x_name: &'a str,
    y_name: &'a str,
    title: &'a str,
}

impl Axes<'_> {
    /// Draws title, axes and grid. The vertical axis reaches from zero to a little above the largest of `values`.
    fn draw<'a, 'b>(
        &self,
        area: &'a ChartArea<'b>,
        values: impl Iterator<Item = f64>,
    ) -> Result<Chart<'a, 'b>, DrawingAreaErrorKind<std::io::Error>> {
        let top = values.fold(1.0, f64::max) * 1.05;
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, (FONT, 22, &TEXT))
            .margin(16)
            .margin_right(48) // room for half of the last day's label
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(self.x.0..self.x.1, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(TEXT)
            .x_labels(self.x_labels)
            .y_labels(6)
            .x_label_formatter(self.x_label)
            .y_label_formatter(&|value| value.to_string())
            .label_style((FONT, 14, &TEXT))
            .axis_desc_style((FONT, 15, &TEXT))
            .x_desc(self.x_name)
            .y_desc(self.y_name)
            .draw()?;
        Ok(chart)
    }
}
