-- Which file this database was last seen in: another one is a copy, or was put there by other means than ours.
CREATE TABLE server_marks (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    server TEXT NOT NULL,
    since INTEGER NOT NULL
);
