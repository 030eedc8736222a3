-- The acceptance rule of a company is one of the rules. Its two settings, which were columns, show and change that row.
-- limit_a_day 0: none, as before. A rule of somebody's that has the name already keeps it.
INSERT INTO rules (name, company_id, version, enabled, moment, query, actions, limit_a_day, ran_at, changed_at, changed_by)
SELECT
    'acceptance rule of ' || c.name || CASE WHEN
        EXISTS (SELECT 1 FROM rules r WHERE lower(r.name) = lower('acceptance rule of ' || c.name))
    THEN ' (' || c.id || ')' ELSE '' END,
    c.id, 1, c.automatic_acceptance, 'order.to_accept', c.acceptance_rule, '["accept"]', 0, 0, c.updated_at, ''
FROM companies c;
ALTER TABLE companies DROP COLUMN automatic_acceptance;
ALTER TABLE companies DROP COLUMN acceptance_rule;
