//! The tables that templates find beside the five databases, made of the world.
//!
//! | table | columns |
//! |---|---|
//! | `colleague` | `name`, `first_name`, `last_name`, `handle` (the first name where nobody else has it, else the whole name), `email`, `role`; the owner is among them |
//! | `day` | `date`, `weekday` (English name): every day from the first visit to 120 days ahead |
//! | `metric` | `metric` (as plots name it), `spoken`, `is_source`: what can be plotted |
//! | `metric_by_day` | `metric`, `date`, `value`: every day from the first visit to the last; counts are 0 and means NULL on days without visits |

use breakroom_sandbox::world::World;
use chrono::{Datelike, Days, NaiveDate};
use rusqlite::{Connection, Result, named_params};

/// Days ahead of the clock that `day` reaches.
const AHEAD: u64 = 120;

const TABLES: &str = "
CREATE TEMP TABLE colleague (name TEXT, first_name TEXT, last_name TEXT, handle TEXT, email TEXT, role TEXT);
CREATE TEMP TABLE day (date TEXT, weekday TEXT);
CREATE TEMP TABLE metric (metric TEXT, spoken TEXT, is_source INTEGER);
INSERT INTO temp.metric VALUES
    ('total_visits', 'total visits', 0), ('session_duration_seconds', 'average session duration', 0), ('user_engaged', 'engaged users', 0),
    ('visits_direct', 'direct', 1), ('visits_referral', 'referral', 1), ('visits_search_engine', 'search engine', 1),
    ('visits_social_media', 'social media', 1);
CREATE TEMP TABLE metric_by_day (metric TEXT, date TEXT, value REAL);
";

/// The days with visits and those between them, each with every metric.
const METRICS: &str = "
INSERT INTO temp.metric_by_day
WITH counted AS (
    SELECT date_of_visit AS date, count(*) AS visits, avg(session_duration_seconds) AS mean, sum(user_engaged) AS engaged,
        sum(traffic_source = 'direct') AS direct, sum(traffic_source = 'referral') AS referral,
        sum(traffic_source = 'search engine') AS search, sum(traffic_source = 'social media') AS social
    FROM analytics.visit GROUP BY date_of_visit
)
SELECT metric.metric, day.date, CASE metric.metric
    WHEN 'total_visits' THEN coalesce(visits, 0) WHEN 'session_duration_seconds' THEN mean WHEN 'user_engaged' THEN coalesce(engaged, 0)
    WHEN 'visits_direct' THEN coalesce(direct, 0) WHEN 'visits_referral' THEN coalesce(referral, 0)
    WHEN 'visits_search_engine' THEN coalesce(search, 0) ELSE coalesce(social, 0) END
FROM temp.metric CROSS JOIN temp.day LEFT JOIN counted ON counted.date = day.date
WHERE day.date BETWEEN (SELECT min(date) FROM counted) AND (SELECT max(date) FROM counted)
";

/// Makes and fills the tables, in the connection's temporary schema.
pub(super) fn furnish(connection: &Connection, world: &World) -> Result<()> {
    connection.execute_batch(TABLES)?;
    let split = |name: &str| {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        (first.to_owned(), last.to_owned())
    };
    let mut insert = connection.prepare(
        "INSERT INTO temp.colleague VALUES (:name, :first, :last, :handle, :email, :role)",
    )?;
    for colleague in world.directory() {
        let (first, last) = split(&colleague.name);
        let namesakes = world
            .directory()
            .iter()
            .filter(|other| split(&other.name).0 == first);
        let handle = if namesakes.count() == 1 {
            &first
        } else {
            &colleague.name
        };
        insert.execute(named_params! {
            ":name": colleague.name, ":first": first, ":last": last, ":handle": handle, ":email": colleague.email, ":role": colleague.role,
        })?;
    }
    fill_days(connection, world.clock().date())?;
    connection.execute(METRICS, [])?;
    Ok(())
}

fn fill_days(connection: &Connection, today: NaiveDate) -> Result<()> {
    let first: Option<String> = connection.query_row(
        "SELECT min(date_of_visit) FROM analytics.visit",
        [],
        |row| row.get(0),
    )?;
    let first = first.and_then(|day| day.parse().ok()).unwrap_or(today);
    let mut insert = connection.prepare("INSERT INTO temp.day VALUES (:date, :weekday)")?;
    for day in first
        .iter_days()
        .take_while(|day| *day <= today + Days::new(AHEAD))
    {
        let weekday = match day.weekday().number_from_monday() {
            1 => "Monday",
            2 => "Tuesday",
            3 => "Wednesday",
            4 => "Thursday",
            5 => "Friday",
            6 => "Saturday",
            _ => "Sunday",
        };
        insert.execute(named_params! { ":date": day.to_string(), ":weekday": weekday })?;
    }
    Ok(())
}
