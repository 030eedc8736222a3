-- Incremental sync: how far each company has been read, and when it was last begun and swept.
ALTER TABLE companies ADD COLUMN download_interval_min INTEGER NOT NULL DEFAULT 15;
ALTER TABLE companies ADD COLUMN look_back_days INTEGER NOT NULL DEFAULT 60;

CREATE TABLE sync_marks (
    company_id INTEGER PRIMARY KEY REFERENCES companies (id),
    modified_until INTEGER,
    begun_at INTEGER NOT NULL,
    swept_at INTEGER NOT NULL
);

-- Shared limits: until when and why everybody holds, and what a day has cost.
ALTER TABLE rate_limits ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rate_limits ADD COLUMN reason TEXT NOT NULL DEFAULT '';

CREATE TABLE daily_budgets (
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (name, day)
) WITHOUT ROWID;
