-- Who may do what, by the number of the account. Without any row everybody who can open the store may do everything.
CREATE TABLE operators (
    id INTEGER PRIMARY KEY,
    uid INTEGER NOT NULL UNIQUE,
    account TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    may_refund BOOLEAN NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);

-- Minor units that one person may refund without another; null is no limit.
CREATE TABLE refund_limits (
    operator_id INTEGER NOT NULL REFERENCES operators (id),
    currency TEXT NOT NULL,
    per_refund INTEGER CHECK (per_refund >= 0),
    per_day INTEGER CHECK (per_day >= 0),
    PRIMARY KEY (operator_id, currency)
);

-- Refunds above a limit, which a second person decides.
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY,
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_ref INTEGER NOT NULL REFERENCES orders (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    made_uid INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    decided_uid INTEGER,
    reason TEXT NOT NULL,
    CHECK (state <> 'approved' OR decided_uid <> made_uid)
);
CREATE INDEX approvals_open ON approvals (id) WHERE state = 'awaiting_approval';

-- Whose limit a refund counts against: of who issued it, or of who approved it.
ALTER TABLE refunds ADD COLUMN approval_id INTEGER REFERENCES approvals (id);
ALTER TABLE refunds ADD COLUMN authorised_uid INTEGER;
CREATE INDEX refunds_authorised ON refunds (authorised_uid, made_at) WHERE authorised_uid IS NOT NULL;
CREATE INDEX refunds_approval ON refunds (approval_id) WHERE approval_id IS NOT NULL;

-- What was true of the order after the change, so that it can be shown as it was at any moment.
ALTER TABLE audit ADD COLUMN facts TEXT NOT NULL DEFAULT '';

-- The end of the chain: rows that were cut off there are missed by it.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY,
    length INTEGER NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, length, hash)
SELECT 1, COUNT(*), COALESCE((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), '') FROM audit;

-- What a note begins with when an order gets that status.
ALTER TABLE companies ADD COLUMN note_cancelled TEXT NOT NULL DEFAULT 'Cancelled internally.';
ALTER TABLE companies ADD COLUMN note_on_hold TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN note_problem_order TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN note_void TEXT NOT NULL DEFAULT 'Void: not a real order.';

-- Where the store and the channel did not agree when they were compared; `what` names the class.
CREATE TABLE drifts (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    company_id INTEGER NOT NULL REFERENCES companies (id),
    order_id INTEGER NOT NULL,
    line_id INTEGER,
    what TEXT NOT NULL,
    here TEXT NOT NULL,
    there TEXT NOT NULL,
    advice TEXT NOT NULL,
    repairable BOOLEAN NOT NULL,
    found_at INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX drifts_open ON drifts (company_id, order_id) WHERE state = 'open';
CREATE INDEX drifts_job ON drifts (job_id);
