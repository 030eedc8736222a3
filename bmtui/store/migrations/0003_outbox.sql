-- Every kind of write goes through the outbox: what it is about in words, which row follows it (`subject_id`, by kind),
-- and from when on it may leave. An after-sales message may concern an order that is not here.
ALTER TABLE effects RENAME TO effects_of_refunds;
CREATE TABLE effects (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    about TEXT NOT NULL,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER REFERENCES orders (id),
    subject_id INTEGER,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    expected TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    sending_at INTEGER,
    settled_at INTEGER,
    answer_status INTEGER,
    answer TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL
);
INSERT INTO effects
SELECT id, kind, target, 'Refund ' || refund_id, company_id, order_ref, refund_id, job_id, method, path, body, expected,
    state, made_at, made_by, made_at, sending_at, settled_at, answer_status, answer, error, attempts
FROM effects_of_refunds;
DROP TABLE effects_of_refunds;
CREATE UNIQUE INDEX effects_live ON effects (target) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');
CREATE INDEX effects_job ON effects (job_id);
CREATE INDEX effects_order ON effects (order_ref);
CREATE INDEX effects_open ON effects (id) WHERE state IN ('planned', 'sending', 'unknown', 'needs_person');

-- Nothing leaves while one of these stands: `scope` is 'all' or a company's id, `cause` person or token.
CREATE TABLE pauses (
    scope TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (scope, cause)
);

-- How often a job's worker died under it: one that kills every worker ends as failed.
ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

-- Seconds by kind in which what was planned can be withdrawn; kinds that are not named have their defaults.
ALTER TABLE companies ADD COLUMN undo_windows TEXT NOT NULL DEFAULT '';
