-- The mailbox of the world's owner: the inbox and the outbox in one table.
CREATE TABLE email (
    email_id      INTEGER PRIMARY KEY CHECK (email_id BETWEEN 0 AND 99999999),
    folder        TEXT    NOT NULL CHECK (folder IN ('inbox', 'outbox')),
    sender        TEXT    NOT NULL CHECK (sender LIKE '_%@_%'),
    recipient     TEXT    NOT NULL CHECK (recipient LIKE '_%@_%'),
    subject       TEXT    NOT NULL,
    sent_datetime TEXT    NOT NULL CHECK (sent_datetime IS datetime(sent_datetime)),
    body          TEXT    NOT NULL,
    in_reply_to   INTEGER -- the email_id that this one answers or forwards; it may have been deleted since
) STRICT;
