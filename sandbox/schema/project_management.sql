-- The tasks of the company's three boards.
CREATE TABLE task (
    task_id           INTEGER PRIMARY KEY CHECK (task_id BETWEEN 0 AND 99999999),
    task_name         TEXT    NOT NULL CHECK (task_name <> ''),
    assigned_to_email TEXT    NOT NULL CHECK (assigned_to_email LIKE '_%@_%'),
    list_name         TEXT    NOT NULL CHECK (list_name IN ('Backlog', 'In Progress', 'In Review', 'Completed')),
    due_date          TEXT    NOT NULL CHECK (due_date IS date(due_date)),
    board             TEXT    NOT NULL CHECK (board IN ('Back end', 'Front end', 'Design'))
) STRICT;
