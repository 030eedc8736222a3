-- What Back Market returned above what was received waits for a person.
CREATE INDEX refunds_excess ON refunds (id) WHERE state = 'excess';

-- What was asked for, as JSON: approving issues this, not what the booked rows look like.
ALTER TABLE approvals ADD COLUMN request TEXT NOT NULL DEFAULT '';
