-- How often something was sent: a file beside the database knows it, too, so that an older copy in its place shows.
ALTER TABLE server_marks ADD COLUMN sends INTEGER NOT NULL DEFAULT 0;
