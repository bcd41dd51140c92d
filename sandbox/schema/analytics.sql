-- Visits to the company's website, and plots of them.
CREATE TABLE visit (
    visit_id                 INTEGER PRIMARY KEY CHECK (visit_id BETWEEN 0 AND 99999999),
    date_of_visit            TEXT    NOT NULL CHECK (date_of_visit IS date(date_of_visit)),
    visitor_id               TEXT    NOT NULL CHECK (visitor_id <> '' AND visitor_id NOT GLOB '*[^0-9]*'),
    page_views               INTEGER NOT NULL CHECK (page_views >= 1),
    session_duration_seconds INTEGER NOT NULL CHECK (session_duration_seconds >= 0),
    traffic_source           TEXT    NOT NULL CHECK (traffic_source IN ('direct', 'referral', 'search engine', 'social media')),
    user_engaged             INTEGER NOT NULL CHECK (user_engaged IN (0, 1))
) STRICT;
CREATE INDEX visit_by_date ON visit (date_of_visit);
CREATE INDEX visit_by_visitor ON visit (visitor_id);

CREATE TABLE plot (
    plot_id       INTEGER PRIMARY KEY CHECK (plot_id BETWEEN 0 AND 99999999),
    value_to_plot TEXT    NOT NULL CHECK (value_to_plot IN ('total_visits', 'session_duration_seconds', 'user_engaged',
        'visits_direct', 'visits_referral', 'visits_search_engine', 'visits_social_media')),
    plot_type     TEXT    NOT NULL CHECK (plot_type IN ('bar', 'line', 'scatter', 'histogram')),
    time_min      TEXT    NOT NULL CHECK (time_min IS date(time_min)),
    time_max      TEXT    NOT NULL CHECK (time_max IS date(time_max) AND time_max >= time_min),
    UNIQUE (value_to_plot, plot_type, time_min, time_max)
) STRICT;
