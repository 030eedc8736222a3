-- Roles of bmtui on PostgreSQL: run this as the owner of the database, once, and again after every upgrade.
--
--     bmtui store grants | psql DATABASE
--     CREATE ROLE ann LOGIN IN ROLE bmtui_operator;      -- one role a person, called like their account
--     bmtui users set ann --role operator --limit EUR=100
--
-- Each person's desk connects as themselves (peer or password authentication), so that session_user says who acts.
-- What this enforces, whatever program they use: the audit is only ever added to; only an admin changes settings,
-- accounts and limits; nobody answers for a refund in another's name, above their limit, or for a request of their own.
-- What it cannot: the owner and a superuser may do anything. On SQLite nothing of this exists: who can write the file
-- can write everything in it; there the rules guard against mistakes, and 'bmtui audit verify' with a head that was kept
-- elsewhere shows that somebody tampered.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['bmtui_viewer', 'bmtui_operator', 'bmtui_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END
$$;
GRANT bmtui_viewer TO bmtui_operator;
GRANT bmtui_operator TO bmtui_admin;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, bmtui_viewer, bmtui_operator, bmtui_admin;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bmtui_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bmtui_viewer;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO bmtui_operator;
REVOKE UPDATE, DELETE ON audit FROM bmtui_operator;
REVOKE INSERT, DELETE ON audit_head FROM bmtui_operator;
REVOKE INSERT, DELETE ON bmtui_schema FROM bmtui_operator;
REVOKE INSERT, UPDATE, DELETE ON companies, invoice_settings, operators, refund_limits FROM bmtui_operator;
REVOKE DELETE ON refunds, payments, approvals, effects FROM bmtui_operator;
GRANT INSERT, UPDATE ON companies, invoice_settings TO bmtui_admin;
GRANT INSERT, UPDATE, DELETE ON operators, refund_limits TO bmtui_admin;

-- The number of whoever is connected; none is null, and then nothing is allowed. Without a list everybody may.
CREATE OR REPLACE FUNCTION bmtui_uid() RETURNS BIGINT LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT uid FROM operators WHERE account = session_user AND role <> 'viewer'
$$;
CREATE OR REPLACE FUNCTION bmtui_refuse(why TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE FUNCTION bmtui_guard_refund() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    me operators%ROWTYPE;
    money TEXT;
    cap refund_limits%ROWTYPE;
    together BIGINT;
    today BIGINT;
BEGIN
    IF NOT EXISTS (SELECT FROM operators) THEN
        RETURN new;
    END IF;
    IF new.authorised_uid IS NULL THEN
        -- Nobody answers for it: it waits for a second person, or the channel returned it.
        IF new.operation <> 'refund_on_back_market' AND new.state = 'recorded' AND new.approval_id IS NULL THEN
            PERFORM bmtui_refuse('a refund that is recorded has somebody who answers for it');
        END IF;
        RETURN new;
    END IF;
    IF TG_OP = 'UPDATE' AND old.authorised_uid IS NOT DISTINCT FROM new.authorised_uid AND old.amount = new.amount THEN
        RETURN new;
    END IF;
    SELECT * INTO me FROM operators WHERE account = session_user AND role <> 'viewer';
    IF me.uid IS DISTINCT FROM new.authorised_uid OR NOT me.may_refund THEN
        PERFORM bmtui_refuse('nobody answers for a refund in another''s name, or without the right to refund');
    END IF;
    IF new.approval_id IS NOT NULL AND EXISTS (
        SELECT FROM approvals WHERE id = new.approval_id AND made_uid = me.uid
    ) THEN
        PERFORM bmtui_refuse('a second person must approve a request');
    END IF;
    IF EXISTS (SELECT FROM refund_limits WHERE operator_id = me.id) THEN
        SELECT currency INTO money FROM orders WHERE id = new.order_ref;
        SELECT * INTO cap FROM refund_limits WHERE operator_id = me.id AND currency = money;
        IF cap.operator_id IS NULL THEN
            PERFORM bmtui_refuse('no limit in this currency');
        END IF;
        SELECT COALESCE(SUM(amount), 0) INTO together FROM refunds
            WHERE order_ref = new.order_ref AND made_at = new.made_at AND authorised_uid = me.uid AND id <> new.id
                AND state NOT IN ('failed', 'withdrawn', 'rejected');
        SELECT COALESCE(SUM(r.amount), 0) INTO today FROM refunds r JOIN orders o ON o.id = r.order_ref
            WHERE r.authorised_uid = me.uid AND o.currency = money AND r.id <> new.id
                AND r.made_at >= (extract(epoch FROM date_trunc('day', now())) * 1000000)::BIGINT
                AND r.state NOT IN ('failed', 'withdrawn', 'rejected');
        IF together + new.amount > cap.per_refund OR today + new.amount > cap.per_day THEN
            PERFORM bmtui_refuse('above the limit of who answers for it');
        END IF;
    END IF;
    RETURN new;
END
$$;
DROP TRIGGER IF EXISTS bmtui_refund ON refunds;
CREATE TRIGGER bmtui_refund BEFORE INSERT OR UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION bmtui_guard_refund();

CREATE OR REPLACE FUNCTION bmtui_guard_effect() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM operators) AND new.kind = 'refund' AND NOT EXISTS (
        SELECT FROM refunds WHERE id = new.subject_id AND authorised_uid = bmtui_uid()
    ) THEN
        PERFORM bmtui_refuse('what sends a refund is planned by who answers for it');
    END IF;
    RETURN new;
END
$$;
DROP TRIGGER IF EXISTS bmtui_effect ON effects;
CREATE TRIGGER bmtui_effect BEFORE INSERT ON effects FOR EACH ROW EXECUTE FUNCTION bmtui_guard_effect();

CREATE OR REPLACE FUNCTION bmtui_guard_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM operators) THEN
        RETURN new;
    END IF;
    IF TG_OP = 'INSERT' AND new.made_uid IS DISTINCT FROM bmtui_uid() THEN
        PERFORM bmtui_refuse('nobody asks in another''s name');
    END IF;
    IF TG_OP = 'UPDATE' AND (new.made_uid, new.amount) IS DISTINCT FROM (old.made_uid, old.amount) THEN
        PERFORM bmtui_refuse('a request stays as it was made');
    END IF;
    IF new.state <> 'awaiting_approval' AND new.decided_uid IS DISTINCT FROM bmtui_uid() THEN
        PERFORM bmtui_refuse('nobody decides in another''s name');
    END IF;
    IF new.state = 'approved' AND new.made_uid = bmtui_uid() THEN
        PERFORM bmtui_refuse('a second person must approve a request');
    END IF;
    RETURN new;
END
$$;
DROP TRIGGER IF EXISTS bmtui_approval ON approvals;
CREATE TRIGGER bmtui_approval BEFORE INSERT OR UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION bmtui_guard_approval();
