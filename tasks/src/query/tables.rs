//! The tables that templates can use besides those of the five databases. They are computed from the world.
//!
//! | table | columns |
//! |---|---|
//! | `colleague` | `name`, `first_name`, `last_name`, `handle` (the first name if it is unambiguous in the company and among customers and correspondents, otherwise the full name), `email`, `role`; includes the owner |
//! | `day` | `date`, `weekday` (English name): every day from the first visit to 120 days from today |
//! | `metric` | `metric` (as plots name it), `spoken`, `what` (`spoken`, followed by `visits` for a source), `is_source`: everything that can be plotted |
//! | `metric_by_day` | `metric`, `date`, `value`: every day from the first visit to the last; on days without visits, counts are 0 and means are NULL |
//! | `threshold` | `what`, `figure` (with its article), `unit`, `since`, `side` (`above` or `below`), `threshold`, `branch` (`act` if a day from `since` to yesterday passed it, otherwise `rest`), `turn`: about a hundred questions whether a metric passed a threshold, balanced over sides and branches, in random order |

use breakroom_sandbox::world::World;
use chrono::{Datelike, Days, NaiveDate};
use rusqlite::{Connection, Result, named_params};

/// How many days after today the table `day` ends.
const AHEAD: u64 = 120;

const TABLES: &str = "
CREATE TEMP TABLE colleague (name TEXT, first_name TEXT, last_name TEXT, handle TEXT, email TEXT, role TEXT);
CREATE TEMP TABLE clock (today TEXT);
CREATE TEMP TABLE day (date TEXT, weekday TEXT);
CREATE TEMP TABLE metric (metric TEXT, spoken TEXT, is_source INTEGER, what TEXT AS (spoken || iif(is_source, ' visits', '')));
INSERT INTO temp.metric VALUES
    ('total_visits', 'total visits', 0), ('session_duration_seconds', 'average session duration', 0), ('user_engaged', 'engaged users', 0),
    ('visits_direct', 'direct', 1), ('visits_referral', 'referral', 1), ('visits_search_engine', 'search engine', 1),
    ('visits_social_media', 'social media', 1);
CREATE TEMP TABLE metric_by_day (metric TEXT, date TEXT, value REAL);
";

/// Every metric for every day from the first visit to the last.
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

/// Ambiguous first names are replaced by the full name.
const HANDLES: &str = "
UPDATE temp.colleague SET handle = name WHERE EXISTS (
    SELECT 1 FROM temp.colleague AS other WHERE other.email <> colleague.email AND other.name || ' ' || other.email LIKE '%' || colleague.first_name || '%'
) OR EXISTS (
    SELECT 1 FROM (
        SELECT participant_email AS address FROM calendar.event UNION SELECT sender FROM email.email UNION SELECT recipient FROM email.email
        UNION SELECT customer_email FROM customer_relationship_manager.customer
    ) WHERE address <> colleague.email AND address LIKE substr(colleague.email, 1, instr(colleague.email, '.')) || '%'
)
";

/// Thresholds lie one to three above or below the most extreme day of their period and never equal its value, so that every day has to be
/// checked. Today has no visits yet, so every period ends yesterday.
const THRESHOLDS: &str = "
CREATE TEMP VIEW threshold AS
WITH span AS MATERIALIZED (
    SELECT what, metric.metric = 'session_duration_seconds' AS is_mean, day.date AS since, max(value) AS high, min(value) AS low
    FROM clock JOIN day JOIN metric JOIN metric_by_day AS daily ON daily.metric = metric.metric AND daily.date BETWEEN day.date AND date(today, '-1 day')
    WHERE day.date BETWEEN date(today, '-42 days') AND date(today, '-5 days') GROUP BY metric.metric, day.date
), sided AS (
    SELECT what, is_mean, since, side.value AS side, CAST(iif(side.value = 'above', high, low) AS INTEGER) + step.value AS threshold,
        iif((side.value = 'above') = (step.value < 0), 'act', 'rest') AS branch
    FROM span JOIN json_each('[\"above\", \"below\"]') AS side JOIN json_each('[-2, -1, 2, 3]') AS step
), dealt AS (
    SELECT *, row_number() OVER (PARTITION BY side, branch ORDER BY random_rank(what, since, side, threshold)) AS round FROM sided WHERE threshold > 0
)
SELECT what, iif(is_mean, 'an ', '') || what AS figure, iif(is_mean, ' seconds', '') AS unit, since, side, threshold, branch,
    row_number() OVER (ORDER BY round, random_rank(side, branch, round)) AS turn
FROM dealt WHERE round <= 30
";

/// Creates and fills the tables in the connection's temporary schema.
pub(super) fn create_tables(connection: &Connection, world: &World) -> Result<()> {
    connection.execute_batch(TABLES)?;
    let mut insert = connection.prepare(
        "INSERT INTO temp.colleague VALUES (:name, :first, :last, :first, :email, :role)",
    )?;
    for colleague in world.directory() {
        let (first, last) = colleague
            .name
            .split_once(' ')
            .unwrap_or((&colleague.name, ""));
        insert.execute(named_params! {
            ":name": colleague.name, ":first": first, ":last": last, ":email": colleague.email, ":role": colleague.role,
        })?;
    }
    connection.execute(HANDLES, [])?;
    let today = world.clock().date().to_string();
    connection.execute(
        "INSERT INTO temp.clock VALUES (:today)",
        named_params! { ":today": today },
    )?;
    fill_days(connection, world.clock().date())?;
    connection.execute(METRICS, [])?;
    connection.execute_batch(THRESHOLDS)?;
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
