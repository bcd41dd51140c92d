-- Customers and leads, and the colleagues they are assigned to.
CREATE TABLE customer (
    customer_id       INTEGER PRIMARY KEY CHECK (customer_id BETWEEN 0 AND 99999999),
    customer_name     TEXT    NOT NULL CHECK (customer_name <> ''),
    company           TEXT,
    assigned_to_email TEXT    NOT NULL CHECK (assigned_to_email LIKE '_%@_%'),
    customer_email    TEXT    CHECK (customer_email LIKE '_%@_%'),
    customer_phone    TEXT,
    last_contact_date TEXT    CHECK (last_contact_date IS date(last_contact_date)),
    product_interest  TEXT    CHECK (product_interest IN ('Software', 'Hardware', 'Services', 'Consulting', 'Training')),
    status            TEXT    NOT NULL CHECK (status IN ('Lead', 'Qualified', 'Proposal', 'Won', 'Lost')),
    follow_up_by      TEXT    CHECK (follow_up_by IS date(follow_up_by)),
    notes             TEXT    NOT NULL DEFAULT ''
) STRICT;
