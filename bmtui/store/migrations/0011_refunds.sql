-- What Back Market returned above what was received waits for a person.
CREATE INDEX refunds_excess ON refunds (id) WHERE state = 'excess';
