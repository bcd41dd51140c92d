-- The owner's calendar. The owner takes part in every event.
CREATE TABLE event (
    event_id          INTEGER PRIMARY KEY CHECK (event_id BETWEEN 0 AND 99999999),
    event_name        TEXT    NOT NULL CHECK (event_name <> ''),
    participant_email TEXT    NOT NULL CHECK (participant_email LIKE '_%@_%'),
    event_start       TEXT    NOT NULL CHECK (event_start IS datetime(event_start)),
    duration          INTEGER NOT NULL CHECK (duration BETWEEN 1 AND 1440) -- minutes
) STRICT;
