-- Roles of bmtui on PostgreSQL: run this as the owner of the database, once, and again after every upgrade.
--
--     bmtui store grants | psql --set ON_ERROR_STOP=1 DATABASE
--     CREATE ROLE bmtui LOGIN IN ROLE bmtui_worker;      -- the service, which sends and downloads
--     CREATE ROLE ann LOGIN IN ROLE bmtui_operator;      -- one role a person, called like their account
--     bmtui users set ann --role operator --limit EUR=100
--
-- Each person's desk connects as themselves (peer or password authentication), so that session_user says who acts.
-- Nobody works as the owner: it is for this file and for upgrades. What people plan, the service sends, as only
-- bmtui_worker writes what Back Market says: which orders there are, what was received, what became of a request.
-- What this enforces, whatever program they use: the audit is only ever added to, each row in one's own name; only an
-- admin changes settings, accounts and limits; nobody answers for a refund in another's name, above their limit, or for
-- a request of their own; a request to Back Market is what its row in the books says, and stays as it was planned; the
-- books add up at the end of each transaction.
-- What it cannot: the owner and a superuser may do anything. On SQLite nothing of this exists: who can write the file
-- can write everything in it; there the rules guard against mistakes, and 'bmtui audit verify' with a head that was kept
-- elsewhere shows that somebody tampered.
--
-- Each function names its search_path, with pg_temp last: without that a temporary table of the caller comes before ours.
DO $$
DECLARE
    name TEXT;
BEGIN
    IF to_regclass('public.bmtui_schema') IS NULL THEN
        RAISE EXCEPTION 'there is no store in this database yet: its owner makes it with ''bmtui company list''';
    END IF;
    FOREACH name IN ARRAY ARRAY['bmtui_viewer', 'bmtui_operator', 'bmtui_admin', 'bmtui_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'REVOKE CREATE, TEMPORARY ON DATABASE %I FROM bmtui_viewer, bmtui_operator, bmtui_admin, bmtui_worker',
        current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO bmtui_viewer', current_database());
END
$$;
GRANT bmtui_viewer TO bmtui_operator, bmtui_worker;
GRANT bmtui_operator TO bmtui_admin;

REVOKE ALL ON SCHEMA public FROM PUBLIC, bmtui_operator, bmtui_admin, bmtui_worker;
REVOKE CREATE ON SCHEMA public FROM bmtui_viewer;
GRANT USAGE ON SCHEMA public TO bmtui_viewer;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, bmtui_viewer, bmtui_operator, bmtui_admin, bmtui_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, bmtui_viewer, bmtui_operator, bmtui_admin, bmtui_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bmtui_viewer;

-- What an operator writes, table by table; of what money and requests depend on, column by column. A new table is theirs
-- only once it stands here.
GRANT INSERT, UPDATE (
    status, priority, scheduled_at, completed_at, cancel_requested, cursor, failures, lost, error, error_kind
) ON jobs TO bmtui_operator;
GRANT INSERT ON job_log, job_orders, notes, invoice_assets, invoice_refunds, return_refunds TO bmtui_operator;
GRANT INSERT, UPDATE ON rate_limits, daily_budgets, sync_marks, care_marks, order_search TO bmtui_operator;
GRANT UPDATE (state, error) ON inbox TO bmtui_operator;
GRANT UPDATE (
    status, shipping_status, payment_status, channel_notified, refunded, search_text, version, paper_name, assignee
) ON orders TO bmtui_operator;
GRANT UPDATE (refunded) ON order_lines TO bmtui_operator;
GRANT UPDATE (fee_charged) ON orders TO bmtui_operator;
GRANT INSERT ON statement_files, purchase_costs TO bmtui_operator;
GRANT INSERT, UPDATE (
    order_ref, line_ref, refund_id, problem, detail
) ON statement_rows TO bmtui_operator;
GRANT INSERT, UPDATE, DELETE ON figure_orders, figure_lines, figure_due TO bmtui_operator, bmtui_worker;
GRANT INSERT, UPDATE (state, error, job_id, authorised_uid) ON refunds TO bmtui_operator;
GRANT INSERT ON payments TO bmtui_operator;
GRANT INSERT, UPDATE (state, decided_at, decided_by, decided_uid, reason, doubt) ON approvals TO bmtui_operator;
GRANT INSERT, UPDATE (
    state, error, answer, answer_status, settled_at, not_before
) ON effects TO bmtui_operator;
GRANT INSERT, UPDATE (
    way, remark, pdf_hash, pdf_size, pdf, made_with, printed, printed_at, upload, uploaded_at
) ON invoices TO bmtui_operator;
GRANT INSERT (
    company_id, country, kind, period, last_number, last_issued, first_number
), UPDATE (last_number, last_issued) ON invoice_series TO bmtui_operator;
GRANT INSERT, UPDATE ON shipments, shipment_lines, units TO bmtui_operator;
GRANT INSERT, UPDATE ON return_reasons, returns, return_items, return_receipts, return_notes TO bmtui_operator;
GRANT INSERT, DELETE ON return_documents, pauses TO bmtui_operator;
GRANT INSERT, UPDATE, DELETE ON stock_flags, packing_leases, views, worker_leases TO bmtui_operator;
GRANT UPDATE (state) ON drifts TO bmtui_operator;
GRANT INSERT, DELETE ON order_tags, field_names TO bmtui_operator;
GRANT INSERT, UPDATE, DELETE ON order_fields, view_schedules TO bmtui_operator;
GRANT INSERT ON events, switches TO bmtui_operator;
GRANT UPDATE (state, due_at, attempts, error, settled_at) ON deliveries TO bmtui_operator;
GRANT INSERT (
    at, actor, action, company_id, order_ref, summary, before, after, previous_hash, hash, facts
) ON audit TO bmtui_operator, bmtui_worker;
GRANT UPDATE (length, hash) ON audit_head TO bmtui_operator, bmtui_worker;
GRANT UPDATE (changes) ON bmtui_schema TO bmtui_operator, bmtui_worker;

GRANT INSERT, UPDATE ON companies, invoice_settings, account_settings, exchange_rates, store_marks TO bmtui_admin;
GRANT INSERT, UPDATE, DELETE ON operators, refund_limits, rules TO bmtui_admin;
GRANT DELETE ON rule_orders, switches TO bmtui_admin;
GRANT INSERT ON tax_periods, margin_entries TO bmtui_admin;
GRANT UPDATE (confirmed_mark) ON invoice_series TO bmtui_admin;
GRANT SELECT, UPDATE ON SEQUENCE returns_id_seq TO bmtui_admin;
-- Bringing in what another system knows, and taking that back.
GRANT INSERT ON imports, import_changes TO bmtui_admin;
GRANT UPDATE (undone_at, undone_by) ON imports TO bmtui_admin;
GRANT DELETE ON notes TO bmtui_admin;
GRANT UPDATE (first_number) ON invoice_series TO bmtui_admin;

-- Removing a buyer's personal data: an admin, or the service by its timer.
GRANT UPDATE (
    customer_name, customer_email, customer_phone, postal_code, ship_to, bill_to, tracking_number, tracking_url,
    anonymised_at, marked
) ON orders TO bmtui_admin;
GRANT UPDATE (payload) ON inbox TO bmtui_admin;
GRANT UPDATE (text, author) ON notes TO bmtui_admin;
GRANT UPDATE (before, after) ON import_changes TO bmtui_admin, bmtui_worker;
GRANT UPDATE (note, reference) ON refunds TO bmtui_admin;
GRANT UPDATE (reference) ON payments TO bmtui_admin;
GRANT UPDATE (why, request) ON approvals TO bmtui_admin;
GRANT UPDATE (about, body, expected) ON effects TO bmtui_admin;
GRANT UPDATE (data) ON events TO bmtui_admin;
GRANT UPDATE (here, there) ON drifts TO bmtui_admin;
GRANT UPDATE (customer, issue, payload, error) ON care_folders TO bmtui_admin;
GRANT DELETE ON job_log TO bmtui_admin, bmtui_worker;

-- The service writes all but what an admin decides; what is deleted is named.
GRANT INSERT, UPDATE ON
    jobs, job_log, job_orders, rate_limits, daily_budgets, sync_marks, care_marks, inbox, orders, order_lines,
    order_search, stock_flags, shipments, shipment_lines, units, packing_leases, approvals, refunds, payments, effects,
    pauses, invoice_assets, invoice_series, invoices, invoice_refunds, notes, return_reasons, returns, return_items,
    return_receipts, return_notes, return_documents, return_refunds, care_folders, drifts, views, worker_leases,
    server_marks, statement_rows, order_tags, field_names, order_fields, events, event_marks, deliveries, rules, rule_log, rule_orders,
    switches, view_schedules, backfills
TO bmtui_worker;
GRANT DELETE ON
    stock_flags, packing_leases, pauses, return_documents, views, worker_leases, order_tags, field_names, order_fields,
    events, deliveries, rule_orders, switches, view_schedules, search_unfolded
TO bmtui_worker;

CREATE OR REPLACE FUNCTION bmtui_refuse(why TEXT) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'insufficient_privilege';
END
$$;
-- The owner and superusers: nothing holds them.
CREATE OR REPLACE FUNCTION bmtui_is_owner() RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_has_role(session_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'public.effects'::regclass
$$;
-- They and the service, which books what Back Market says.
CREATE OR REPLACE FUNCTION bmtui_is_trusted() RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT bmtui_is_owner() OR pg_has_role(session_user, 'bmtui_worker', 'MEMBER')
$$;
-- The number of whoever is connected; none is null, and then nothing is allowed. Without a list everybody may.
CREATE OR REPLACE FUNCTION bmtui_uid() RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT uid FROM operators WHERE account = session_user AND role <> 'viewer'
$$;
CREATE OR REPLACE FUNCTION bmtui_now() RETURNS BIGINT
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT
$$;
-- What happened is dated by the clock, or limits of a day would not hold.
CREATE OR REPLACE FUNCTION bmtui_must_be_now(at BIGINT) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF at IS NULL OR abs(at - bmtui_now()) > 300000000 THEN
        PERFORM bmtui_refuse('the clock of this machine is not that of the database''s server: set it');
    END IF;
END
$$;
-- One at a time, each seeing what the others committed: as the desk itself writes.
CREATE OR REPLACE FUNCTION bmtui_one_at_a_time() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM bmtui_refuse('limits are checked at READ COMMITTED only');
    END IF;
    PERFORM pg_advisory_xact_lock(1651340649, hashtext('public'));
END
$$;

-- Who acts is who is connected. The audit's row is refused rather than mended: its hash covers the name.
CREATE OR REPLACE FUNCTION bmtui_guard_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said TEXT := to_jsonb(new) ->> TG_ARGV[0];
    own TEXT;
BEGIN
    IF bmtui_is_trusted() OR NOT EXISTS (SELECT FROM operators) THEN
        RETURN new;
    END IF;
    IF TG_OP = 'UPDATE' AND said IS NOT DISTINCT FROM to_jsonb(old) ->> TG_ARGV[0] THEN
        RETURN new;
    END IF;
    own := format('%s(%s)', session_user, bmtui_uid());
    IF bmtui_uid() IS NULL OR said IS NULL OR NOT (said = own OR starts_with(said, own || ' ')) THEN
        PERFORM bmtui_refuse(format('nobody writes in another''s name (%s.%s)', TG_TABLE_NAME, TG_ARGV[0]));
    END IF;
    RETURN new;
END
$$;
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'effects.made_by', 'refunds.made_by', 'approvals.made_by', 'jobs.submitted_by', 'notes.made_by',
        'shipments.made_by', 'units.made_by', 'stock_flags.made_by', 'pauses.made_by', 'invoices.made_by',
        'order_tags.made_by', 'field_names.made_by', 'view_schedules.made_by', 'rules.changed_by', 'switches.made_by',
        'events.actor', 'returns.made_by', 'return_receipts.made_by', 'return_notes.made_by', 'return_documents.made_by',
        'statement_files.made_by', 'purchase_costs.made_by', 'tax_periods.made_by', 'exchange_rates.made_by',
        'operators.changed_by', 'imports.made_by', 'audit.actor'
    ] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER bmtui_name BEFORE INSERT OR UPDATE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION bmtui_guard_name(%L)',
            split_part(name, '.', 1), split_part(name, '.', 2));
    END LOOP;
END
$$;

-- Whether JSON has a number or a nesting that readers refuse, though the database stores it; what is short has neither.
CREATE OR REPLACE FUNCTION bmtui_is_excessive(written TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    rest TEXT;
BEGIN
    IF length(written) < 500 THEN
        RETURN FALSE;
    END IF;
    rest := regexp_replace(written, '"(?:[^"\\]|\\.)*"', '', 'g');
    IF rest ~ '[0-9]{200}' THEN
        RETURN TRUE;
    END IF;
    FOR level IN 1 .. 100 LOOP
        EXIT WHEN rest !~ '[[{]';
        rest := regexp_replace(rest, '\[[^][{}]*\]|\{[^][{}]*\}', '', 'g');
    END LOOP;
    RETURN rest ~ '[[{]';
END
$$;
-- What a person writes can be read: a row that is none would stop the service, and every list that it is in.
CREATE OR REPLACE FUNCTION bmtui_guard_shape() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given JSONB := to_jsonb(new);
    wrong TEXT;
BEGIN
    IF bmtui_is_trusted() THEN
        RETURN new;
    END IF;
    FOR i IN 0 .. TG_NARGS - 1 LOOP
        IF jsonb_typeof((given ->> split_part(TG_ARGV[i], '=', 1))::JSONB) <> split_part(TG_ARGV[i], '=', 2)
            OR bmtui_is_excessive(given ->> split_part(TG_ARGV[i], '=', 1))
        THEN
            wrong := split_part(TG_ARGV[i], '=', 1);
        END IF;
    END LOOP;
    SELECT coalesce(wrong, min(key)) INTO wrong FROM jsonb_each(given)
    WHERE key ~ '(^|_)(at|before)$' AND jsonb_typeof(value) = 'number'
        AND value::NUMERIC NOT BETWEEN 0 AND 253370764800000000;
    -- Named as the desk does it: what rules do, only the service does.
    wrong := CASE
        WHEN wrong IS NOT NULL THEN wrong
        WHEN TG_TABLE_NAME = 'events' AND TG_OP = 'INSERT' AND ((given ->> 'rules')::JSONB <> '[]' OR given ->> 'name' ~ '^(rule|notify)[.]')
            THEN 'name'
        WHEN TG_TABLE_NAME = 'view_schedules' AND given ->> 'format' NOT IN ('csv', 'json') THEN 'format'
        WHEN TG_TABLE_NAME = 'view_schedules' AND given ->> 'time_of_day' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
            THEN 'time_of_day'
    END;
    IF wrong IS NOT NULL THEN
        PERFORM bmtui_refuse(format('nobody could read that (%s.%s)', TG_TABLE_NAME, wrong));
    END IF;
    RETURN new;
END
$$;
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'jobs(parameters=object,cursor=object,about=object,output=object)', 'effects(body=object,expected=object)',
        'events(data=object,rules=array)', 'views(columns=array)', 'view_schedules(columns=array)',
        'audit(before=object,after=object)', 'invoices(document=object)', 'deliveries()', 'refunds()', 'approvals()',
        'notes()', 'job_log()', 'shipments()', 'returns()', 'return_notes()', 'return_receipts()'
    ] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER bmtui_shape BEFORE INSERT OR UPDATE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION bmtui_guard_shape(%s)',
            split_part(name, '(', 1),
            coalesce((SELECT string_agg(quote_literal(part), ', ')
                FROM regexp_split_to_table(rtrim(split_part(name, '(', 2), ')'), ',') part WHERE part <> ''), ''));
    END LOOP;
END
$$;

-- A company in shadow sends nothing until an admin lets it: another system works on its account.
CREATE OR REPLACE FUNCTION bmtui_guard_shadow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_owner() AND NOT pg_has_role(session_user, 'bmtui_admin', 'MEMBER') THEN
        PERFORM bmtui_refuse('only an admin begins or leaves a shadow');
    END IF;
    RETURN coalesce(new, old);
END
$$;
CREATE OR REPLACE TRIGGER bmtui_shadow_begins BEFORE INSERT OR UPDATE ON pauses
FOR EACH ROW WHEN (new.cause = 'shadow') EXECUTE FUNCTION bmtui_guard_shadow();
CREATE OR REPLACE TRIGGER bmtui_shadow_ends BEFORE UPDATE OR DELETE ON pauses
FOR EACH ROW WHEN (old.cause = 'shadow') EXECUTE FUNCTION bmtui_guard_shadow();

-- JSON as `audit verify` hashes it: with a space behind each comma and colon that is not in a string.
CREATE OR REPLACE FUNCTION bmtui_spaced(written TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT rtrim(regexp_replace(written, '((?:"(?:[^"\\]|\\.)*"|[^",:])*)([,:]|$)', '\1\2 ', 'g'), ' ')
$$;
-- The hash of a row of the audit is that of its values, or verification would take it for one that was changed.
CREATE OR REPLACE FUNCTION bmtui_audit_hash(a audit) RETURNS TEXT
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to('[' || concat_ws(', ',
        a.at, to_json(a.actor), to_json(a.action), coalesce(a.company_id::TEXT, 'null'), coalesce(a.order_ref::TEXT, 'null'),
        to_json(a.summary), bmtui_spaced(a.before), bmtui_spaced(a.after), to_json(a.previous_hash),
        CASE WHEN a.facts <> '' THEN to_json(a.facts) END) || ']', 'UTF8')), 'hex')
$$;
CREATE OR REPLACE FUNCTION bmtui_guard_hash() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_owner() AND new.hash IS DISTINCT FROM bmtui_audit_hash(new) THEN
        PERFORM bmtui_refuse('the hash of a row of the audit is that of its values');
    END IF;
    RETURN new;
END
$$;
-- Its name comes after those of the other triggers: what they refuse is said first.
CREATE OR REPLACE TRIGGER bmtui_written BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION bmtui_guard_hash();

CREATE OR REPLACE FUNCTION bmtui_guard_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_owner() THEN
        PERFORM bmtui_one_at_a_time();
        PERFORM bmtui_must_be_now(new.at);
        IF new.previous_hash IS DISTINCT FROM (SELECT hash FROM audit_head WHERE id = 1) THEN
            PERFORM bmtui_refuse('a row of the audit follows the one before it');
        END IF;
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_audit BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION bmtui_guard_audit();

-- A row that the head does not know would break the chain at the next one.
CREATE OR REPLACE FUNCTION bmtui_guard_last() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_owner() AND (SELECT hash FROM audit_head WHERE id = 1) IS DISTINCT FROM (
        SELECT hash FROM audit ORDER BY id DESC LIMIT 1
    ) THEN
        PERFORM bmtui_refuse('the head of the audit is its last row');
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS bmtui_last ON audit;
CREATE CONSTRAINT TRIGGER bmtui_last AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION bmtui_guard_last();

CREATE OR REPLACE FUNCTION bmtui_guard_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_owner() AND (new.length, new.hash) IS DISTINCT FROM (
        old.length + 1, (SELECT hash FROM audit WHERE previous_hash = old.hash ORDER BY id DESC LIMIT 1)
    ) THEN
        PERFORM bmtui_refuse('the head of the audit is its last row');
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_head BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION bmtui_guard_head();

CREATE OR REPLACE FUNCTION bmtui_guard_refund() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me operators%ROWTYPE;
    money TEXT;
    midnight BIGINT;
    cap refund_limits%ROWTYPE;
    together BIGINT;
    today BIGINT;
BEGIN
    IF bmtui_is_trusted() THEN
        RETURN new;
    END IF;
    PERFORM bmtui_one_at_a_time();
    IF TG_OP = 'INSERT' THEN
        PERFORM bmtui_must_be_now(new.made_at);
        IF new.state <> 'recorded' AND (new.state <> 'awaiting_approval' OR new.approval_id IS NULL) THEN
            PERFORM bmtui_refuse('a refund begins as recorded, or waits for a second person');
        END IF;
        IF new.line_ref IS NOT NULL AND NOT EXISTS (
            SELECT FROM order_lines WHERE id = new.line_ref AND order_ref = new.order_ref
        ) THEN
            PERFORM bmtui_refuse('a refund is of a line of its order');
        END IF;
    ELSIF new.state <> old.state AND NOT (
        (old.state = 'awaiting_approval' AND new.state IN ('withdrawn', 'rejected', 'recorded'))
        OR (old.state = 'withdrawn' AND new.state = 'recorded' AND EXISTS (
            SELECT FROM approvals WHERE id = new.approval_id AND approvals.state = 'awaiting_approval'))
        OR (old.state = 'recorded' AND new.state = 'queued')
        OR (old.state = 'queued' AND new.state = 'withdrawn')
        OR (old.state = 'unknown' AND new.state IN ('confirmed', 'failed'))
        -- A request that a restore made uncertain: somebody saw that it had been carried out.
        OR (old.state = 'awaiting_approval' AND new.state = 'confirmed' AND EXISTS (
            SELECT FROM approvals WHERE id = new.approval_id AND doubt <> ''))
    ) THEN
        PERFORM bmtui_refuse(format('a person does not make a refund that is %s %s', old.state, new.state));
    END IF;
    IF NOT EXISTS (SELECT FROM operators) THEN
        RETURN new;
    END IF;
    IF TG_OP = 'INSERT' AND new.approval_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM approvals
        WHERE id = new.approval_id AND state = 'awaiting_approval' AND made_uid = bmtui_uid() AND order_ref = new.order_ref
    ) THEN
        PERFORM bmtui_refuse('nobody adds to a request in another''s name');
    END IF;
    IF new.authorised_uid IS NULL THEN
        -- It waits for a second person; that it has somebody who answers for it is looked at in the end.
        IF new.approval_id IS NULL AND TG_OP = 'INSERT' THEN
            PERFORM bmtui_refuse('a refund has somebody who answers for it');
        END IF;
        IF TG_OP = 'UPDATE' AND old.authorised_uid IS NOT NULL THEN
            PERFORM bmtui_refuse('who answers for a refund stays');
        END IF;
        RETURN new;
    END IF;
    IF TG_OP = 'UPDATE' AND old.authorised_uid IS NOT DISTINCT FROM new.authorised_uid THEN
        RETURN new;
    END IF;
    SELECT * INTO me FROM operators WHERE account = session_user AND role <> 'viewer';
    IF me.uid IS DISTINCT FROM new.authorised_uid OR NOT me.may_refund OR (TG_OP = 'UPDATE' AND old.authorised_uid IS NOT NULL)
    THEN
        PERFORM bmtui_refuse('nobody answers for a refund in another''s name, or without the right to refund');
    END IF;
    IF new.approval_id IS NULL AND TG_OP = 'UPDATE' THEN
        PERFORM bmtui_refuse('nobody answers for a refund afterwards, but for a request');
    END IF;
    IF new.approval_id IS NOT NULL AND EXISTS (
        SELECT FROM approvals WHERE id = new.approval_id AND made_uid = me.uid
    ) THEN
        PERFORM bmtui_refuse('a second person must approve a request');
    END IF;
    IF EXISTS (SELECT FROM refund_limits WHERE operator_id = me.id) THEN
        -- A day is one of the order's company.
        SELECT o.currency, (extract(epoch FROM
            date_trunc('day', now() AT TIME ZONE c.time_zone) AT TIME ZONE c.time_zone) * 1000000)::BIGINT
            INTO money, midnight FROM orders o JOIN companies c ON c.id = o.company_id WHERE o.id = new.order_ref;
        SELECT * INTO cap FROM refund_limits WHERE operator_id = me.id AND currency = money;
        IF cap.operator_id IS NULL THEN
            PERFORM bmtui_refuse('no limit in this currency');
        END IF;
        SELECT COALESCE(SUM(amount), 0) INTO together FROM refunds
            WHERE order_ref = new.order_ref AND made_at = new.made_at AND authorised_uid = me.uid AND id <> new.id
                AND state NOT IN ('failed', 'withdrawn', 'rejected', 'excess', 'excess_settled');
        -- What was asked for counts on the day on which it was approved.
        SELECT COALESCE(SUM(r.amount), 0) INTO today
            FROM refunds r JOIN orders o ON o.id = r.order_ref LEFT JOIN approvals a ON a.id = r.approval_id
            WHERE r.authorised_uid = me.uid AND o.currency = money AND r.id <> new.id
                AND (CASE WHEN a.id IS NULL THEN r.made_at ELSE COALESCE(a.decided_at, bmtui_now()) END) >= midnight
                AND r.state NOT IN ('failed', 'withdrawn', 'rejected', 'excess', 'excess_settled');
        IF together + new.amount > cap.per_refund OR today + new.amount > cap.per_day THEN
            PERFORM bmtui_refuse('above the limit of who answers for it');
        END IF;
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_refund BEFORE INSERT OR UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION bmtui_guard_refund();

-- What the buyer paid is what Back Market says; a person books only what goes back.
CREATE OR REPLACE FUNCTION bmtui_guard_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT bmtui_is_trusted() AND (new.kind <> 'refund' OR NOT EXISTS (
        SELECT FROM refunds WHERE id = new.refund_id AND order_ref = new.order_ref AND amount = new.amount
    )) THEN
        PERFORM bmtui_refuse('a payment answers to a refund in the books; what was received only Back Market says');
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_payment BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION bmtui_guard_payment();

-- Whether the refund of a cancellation is of the line that it ends, and of all that Back Market returns of it.
CREATE OR REPLACE FUNCTION bmtui_cancel_fits(e effects) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.subject_id IS NULL OR EXISTS (
        SELECT FROM refunds r JOIN order_lines l ON l.id = r.line_ref JOIN orders o ON o.id = r.order_ref
        WHERE r.id = e.subject_id AND r.order_ref = e.order_ref AND l.order_ref = e.order_ref
            AND r.operation = 'refund_on_back_market'
            AND CASE WHEN e.path = '/ws/sav/refund' THEN e.body::JSONB ->> 'orderline_pk' = l.line_id::TEXT
                ELSE e.body::JSONB ->> 'sku' = l.sku
                    AND (SELECT count(*) FROM order_lines WHERE order_ref = o.id AND sku = l.sku) = 1 END
            -- Less than its price only where less was received.
            AND (r.amount = l.price OR r.amount < l.price AND o.received <= (
                SELECT SUM(amount) FROM refunds WHERE order_ref = o.id AND operation = 'refund_on_back_market'
                    AND state NOT IN ('failed', 'withdrawn', 'rejected')))
    )
$$;

-- Whether a request is what its kind sends, for the order, line and amount of its row in the books. The sender looks
-- again (desk/outbox/booked.py), in the same way.
CREATE OR REPLACE FUNCTION bmtui_effect_fits(e effects) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o orders%ROWTYPE;
    l order_lines%ROWTYPE;
    r refunds%ROWTYPE;
    b JSONB := e.body::JSONB;
    whole TEXT;
    decimals INTEGER;
BEGIN
    IF e.kind = 'message' THEN
        RETURN e.method = 'POST' AND e.path ~ '^/ws/sav/[0-9]+/(msg|problem|item-transfer)$' AND EXISTS (
            SELECT FROM care_folders f WHERE f.id = e.subject_id AND f.company_id = e.company_id
                AND f.folder_id::TEXT = split_part(e.path, '/', 4));
    END IF;
    SELECT * INTO o FROM orders WHERE id = e.order_ref AND company_id = e.company_id;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    whole := '/ws/orders/' || o.order_id;
    IF e.kind = 'identifiers' THEN
        RETURN e.method = 'PATCH' AND b - ARRAY['imei', 'serial_number'] = '{}' AND EXISTS (
            SELECT FROM order_lines WHERE order_ref = o.id AND e.path = '/ws/orderlines/' || line_id);
    END IF;
    IF e.method <> 'POST' THEN
        RETURN FALSE;
    END IF;
    IF e.kind = 'invoice' THEN
        RETURN e.path = whole || '/invoice';
    END IF;
    IF e.path = whole AND b ->> 'order_id' IS DISTINCT FROM o.order_id::TEXT THEN
        RETURN FALSE;
    END IF;
    IF e.kind IN ('accept', 'cancel_on_channel') AND e.path = whole THEN
        IF b ->> 'new_state' IS DISTINCT FROM (CASE e.kind WHEN 'accept' THEN '2' ELSE '4' END)
            OR b - ARRAY['order_id', 'new_state', 'sku'] <> '{}'
            OR NOT EXISTS (SELECT FROM order_lines WHERE order_ref = o.id AND sku = b ->> 'sku')
        THEN
            RETURN FALSE;
        END IF;
        RETURN e.kind = 'accept' OR bmtui_cancel_fits(e);
    END IF;
    IF e.kind = 'ship' THEN
        RETURN e.path = whole AND b ->> 'new_state' = '3' AND b - ARRAY[
            'order_id', 'new_state', 'tracking_number', 'tracking_url', 'shipper', 'date_shipping', 'imei',
            'serial_number'] = '{}';
    END IF;
    IF e.kind = 'cancel_on_channel' THEN
        RETURN e.path = '/ws/sav/refund' AND b ->> 'refund_type' = '4'
            AND b - ARRAY['orderline_pk', 'refund_type'] = '{}'
            AND EXISTS (SELECT FROM order_lines WHERE order_ref = o.id AND line_id::TEXT = b ->> 'orderline_pk')
            AND bmtui_cancel_fits(e);
    END IF;
    IF e.kind <> 'refund' THEN
        RETURN FALSE;
    END IF;
    SELECT * INTO r FROM refunds
        WHERE id = e.subject_id AND order_ref = o.id AND operation = 'refund_on_back_market';
    SELECT * INTO l FROM order_lines WHERE id = r.line_ref AND order_ref = o.id;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF e.path = whole THEN
        RETURN b ->> 'new_state' IN ('5', '6') AND b ->> 'sku' = l.sku AND r.amount = l.price
            AND b - ARRAY['order_id', 'new_state', 'sku', 'return_reason', 'return_message'] = '{}'
            AND (SELECT count(*) FROM order_lines WHERE order_ref = o.id AND sku = l.sku) = 1;
    END IF;
    IF e.path <> '/ws/sav/refund' OR b ->> 'orderline_pk' IS DISTINCT FROM l.line_id::TEXT
        OR b - ARRAY['orderline_pk', 'refund_type', 'amount'] <> '{}' THEN
        RETURN FALSE;
    END IF;
    IF NOT b ? 'amount' THEN
        RETURN b ->> 'refund_type' IN ('5', '6') AND r.amount = l.price;
    END IF;
    decimals := CASE
        WHEN o.currency IN ('JPY', 'KRW', 'ISK', 'CLP', 'VND') THEN 0
        WHEN o.currency IN ('KWD', 'BHD', 'TND') THEN 3
        ELSE 2 END;
    RETURN b ->> 'refund_type' = '6' AND jsonb_typeof(b -> 'amount') = 'number'
        AND (b ->> 'amount')::NUMERIC * 10 ^ decimals = r.amount;
END
$$;

CREATE OR REPLACE FUNCTION bmtui_guard_effect() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF bmtui_is_owner() THEN
        RETURN new;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (new.kind, new.target, new.company_id, new.order_ref, new.subject_id, new.job_id, new.method, new.path,
            new.made_at, new.made_by) IS DISTINCT FROM (old.kind, old.target, old.company_id, old.order_ref,
            old.subject_id, old.job_id, old.method, old.path, old.made_at, old.made_by)
            -- Of what is settled, a buyer's personal data is taken out.
            OR ((new.about, new.body, new.expected) IS DISTINCT FROM (old.about, old.body, old.expected)
                AND old.state NOT IN ('confirmed', 'rejected', 'not_applied', 'withdrawn'))
        THEN
            PERFORM bmtui_refuse('a request to Back Market stays as it was planned');
        END IF;
        IF NOT bmtui_is_trusted() AND (
            new.state <> old.state AND NOT (
                (old.state = 'planned' AND new.state = 'withdrawn')
                OR (old.state IN ('rejected', 'not_applied') AND new.state = 'planned' AND new.kind <> 'refund')
                OR (old.state = 'not_applied' AND new.state IN ('confirmed', 'rejected')
                    AND (new.kind <> 'refund' OR new.state = 'rejected'))
                OR (old.state = 'needs_person' AND new.state IN ('confirmed', 'rejected')))
            OR (new.not_before <> old.not_before AND old.state NOT IN ('rejected', 'not_applied'))
        ) THEN
            PERFORM bmtui_refuse(format('a person does not make a request that is %s %s', old.state, new.state));
        END IF;
        IF new.state = 'planned' AND old.state <> 'planned' AND NOT COALESCE(bmtui_effect_fits(new), FALSE) THEN
            PERFORM bmtui_refuse('a request to Back Market stays as it was planned: its data was removed');
        END IF;
        RETURN new;
    END IF;
    PERFORM bmtui_one_at_a_time();
    PERFORM bmtui_must_be_now(new.made_at);
    IF (new.state, new.attempts) IS DISTINCT FROM ('planned', 0::BIGINT) OR new.sending_at IS NOT NULL THEN
        PERFORM bmtui_refuse('a request to Back Market begins as planned');
    END IF;
    IF NOT COALESCE(bmtui_effect_fits(new), FALSE) THEN
        PERFORM bmtui_refuse(format('%s is not sent by %s %s with this body: it is not what the books say',
            new.kind, new.method, new.path));
    END IF;
    -- A cancellation gives money back, too; only where Back Market returned all before has it no refund.
    IF new.kind = 'refund' OR (new.kind = 'cancel_on_channel' AND (new.subject_id IS NOT NULL OR EXISTS (
        SELECT FROM orders o WHERE o.id = new.order_ref AND o.received > (
            SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE order_ref = o.id
                AND operation = 'refund_on_back_market' AND state NOT IN ('failed', 'withdrawn', 'rejected')))))
    THEN
        IF EXISTS (
            SELECT FROM effects WHERE kind IN ('refund', 'cancel_on_channel') AND subject_id = new.subject_id
                AND state NOT IN ('rejected', 'not_applied', 'withdrawn')
        ) OR EXISTS (SELECT FROM effects WHERE kind = 'refund' AND subject_id = new.subject_id) THEN
            PERFORM bmtui_refuse('a refund is sent by one request: it stays the only one');
        END IF;
        IF NOT EXISTS (
            SELECT FROM refunds r JOIN order_lines l ON l.id = r.line_ref
            WHERE r.id = new.subject_id AND r.state = 'queued' AND new.target = format('%s:line:%s', new.company_id, l.line_id)
        ) THEN
            PERFORM bmtui_refuse('what sends a refund stays with its line, whose refund is queued');
        END IF;
        IF NOT bmtui_is_trusted() AND EXISTS (SELECT FROM operators) AND NOT EXISTS (
            SELECT FROM refunds WHERE id = new.subject_id AND authorised_uid = bmtui_uid()
        ) THEN
            PERFORM bmtui_refuse('what sends a refund is planned by who answers for it');
        END IF;
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_effect BEFORE INSERT OR UPDATE ON effects FOR EACH ROW EXECUTE FUNCTION bmtui_guard_effect();

CREATE OR REPLACE FUNCTION bmtui_guard_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF bmtui_is_trusted() THEN
        RETURN new;
    END IF;
    PERFORM bmtui_one_at_a_time();
    IF TG_OP = 'INSERT' THEN
        PERFORM bmtui_must_be_now(new.made_at);
        IF new.state <> 'awaiting_approval' THEN
            PERFORM bmtui_refuse('a request waits for a second person first');
        END IF;
    ELSIF new.state <> old.state THEN
        PERFORM bmtui_must_be_now(new.decided_at);
        IF old.state <> 'awaiting_approval' THEN
            PERFORM bmtui_refuse('a request stays as it was decided');
        END IF;
    ELSIF (new.decided_at, new.decided_by, new.decided_uid) IS DISTINCT FROM (old.decided_at, old.decided_by, old.decided_uid)
    THEN
        PERFORM bmtui_refuse('a request stays as it was decided');
    END IF;
    IF TG_OP = 'UPDATE' AND new.doubt <> old.doubt AND new.doubt <> '' THEN
        PERFORM bmtui_refuse('only a restore makes a request uncertain');
    END IF;
    IF NOT EXISTS (SELECT FROM operators) THEN
        RETURN new;
    END IF;
    IF TG_OP = 'INSERT' AND new.made_uid IS DISTINCT FROM bmtui_uid() THEN
        PERFORM bmtui_refuse('nobody asks in another''s name');
    END IF;
    IF TG_OP = 'UPDATE' AND (new.made_uid, new.amount) IS DISTINCT FROM (old.made_uid, old.amount) THEN
        PERFORM bmtui_refuse('a request stays as it was made');
    END IF;
    IF TG_OP = 'UPDATE' AND new.state <> old.state THEN
        IF new.decided_uid IS DISTINCT FROM bmtui_uid()
            OR NOT (new.decided_by = format('%s(%s)', session_user, bmtui_uid())
                OR starts_with(new.decided_by, format('%s(%s) ', session_user, bmtui_uid())))
            OR NOT (SELECT may_refund FROM operators WHERE uid = bmtui_uid())
        THEN
            PERFORM bmtui_refuse('nobody decides in another''s name, or without the right to refund');
        END IF;
        IF new.state = 'approved' AND new.made_uid = bmtui_uid() THEN
            PERFORM bmtui_refuse('a second person must approve a request');
        END IF;
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE TRIGGER bmtui_approval BEFORE INSERT OR UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION bmtui_guard_approval();

-- At the end of a person's transaction the books of each order that it touched add up.
CREATE OR REPLACE FUNCTION bmtui_books() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mine BIGINT;
    no_money CONSTANT TEXT[] := ARRAY['failed', 'withdrawn', 'rejected', 'excess', 'excess_settled'];
    moves_money CONSTANT TEXT[] := ARRAY['refund', 'cancel_on_channel'];
    wrong TEXT;
BEGIN
    IF bmtui_is_trusted() THEN
        RETURN NULL;
    END IF;
    mine := to_jsonb(new) ->> CASE TG_TABLE_NAME WHEN 'orders' THEN 'id' ELSE 'order_ref' END;
    wrong := CASE
        WHEN (SELECT refunded FROM orders WHERE id = mine) <> (
            SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE order_ref = mine AND state <> ALL (no_money)
        ) THEN 'what is refunded of the order is not the sum of its refunds'
        -- A cancellation that is on its way returns what is left of its lines.
        WHEN (SELECT received - refunded FROM orders WHERE id = mine) < (
            SELECT COALESCE(SUM(l.price - l.refunded), 0) FROM order_lines l
            WHERE l.order_ref = mine AND EXISTS (
                SELECT FROM effects e WHERE e.order_ref = mine AND e.kind = 'cancel_on_channel'
                    AND e.state IN ('planned', 'sending', 'unknown', 'needs_person')
                    AND (e.body::JSONB ->> 'sku' = l.sku OR e.body::JSONB ->> 'orderline_pk' = l.line_id::TEXT))
        ) THEN 'more would go back than was received'
        -- Once every line ended before it was shipped, Back Market returns the shipping charges by itself.
        WHEN EXISTS (
            SELECT FROM orders o WHERE o.id = mine AND o.shipping > 0
                AND EXISTS (SELECT FROM effects WHERE order_ref = o.id AND kind = ANY (moves_money) AND state = 'planned')
                AND NOT EXISTS (
                    SELECT FROM order_lines l WHERE l.order_ref = o.id AND l.state NOT IN (4, 5, 7) AND NOT (
                        l.state IN (1, 2) AND EXISTS (
                            SELECT FROM refunds WHERE line_ref = l.id AND operation = 'refund_on_back_market'
                                AND state <> ALL (no_money))))
                AND o.received - o.refunded < LEAST(
                    o.shipping - (
                        SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE order_ref = o.id AND part = 'shipping'
                            AND operation = 'refund_on_back_market' AND state NOT IN ('failed', 'withdrawn', 'rejected')),
                    o.received - (
                        SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE order_ref = o.id
                            AND operation = 'refund_on_back_market' AND state NOT IN ('failed', 'withdrawn', 'rejected')))
        ) THEN 'with the shipping charges more would go back than was received'
        WHEN EXISTS (
            SELECT FROM order_lines l WHERE order_ref = mine AND refunded <> (
                SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE line_ref = l.id AND state <> ALL (no_money))
        ) THEN 'what is refunded of a line is not the sum of its refunds'
        WHEN EXISTS (
            SELECT FROM refunds r WHERE order_ref = mine AND NOT EXISTS (
                SELECT FROM payments WHERE refund_id = r.id AND amount = r.amount AND kind = 'refund')
        ) THEN 'a refund is not in the payments'
        WHEN EXISTS (
            SELECT FROM approvals a WHERE order_ref = mine AND state IN ('awaiting_approval', 'approved')
                AND amount <> (SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.approval_id = a.id)
        ) THEN 'a request asks for another amount than its refunds'
        WHEN EXISTS (
            SELECT FROM refunds r JOIN approvals a ON a.id = r.approval_id
            WHERE r.order_ref = mine AND r.state <> ALL (no_money || ARRAY['awaiting_approval'])
                AND (a.state <> 'approved' OR r.authorised_uid IS NULL)
        ) THEN 'a refund was not approved'
        WHEN EXISTS (
            SELECT FROM refunds r JOIN effects e ON e.subject_id = r.id AND (e.kind = 'refund'
                OR e.kind = 'cancel_on_channel' AND e.state IN ('planned', 'sending', 'unknown', 'needs_person'))
            WHERE r.order_ref = mine AND r.state <> CASE e.state
                WHEN 'planned' THEN 'queued' WHEN 'rejected' THEN 'failed' WHEN 'not_applied' THEN 'failed'
                WHEN 'needs_person' THEN 'unknown'
                ELSE e.state END
        ) THEN 'a refund is not in the state of its request'
    END;
    IF wrong IS NOT NULL THEN
        PERFORM bmtui_refuse(format('the books of an order must add up: %s', wrong));
    END IF;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'orders UPDATE OF refunded', 'order_lines UPDATE OF refunded', 'refunds INSERT OR UPDATE', 'payments INSERT',
        'approvals INSERT OR UPDATE', 'effects INSERT OR UPDATE'
    ] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS bmtui_books ON %I', split_part(name, ' ', 1));
        EXECUTE format(
            'CREATE CONSTRAINT TRIGGER bmtui_books AFTER %s ON %I DEFERRABLE INITIALLY DEFERRED'
            ' FOR EACH ROW EXECUTE FUNCTION bmtui_books()',
            substr(name, position(' ' IN name) + 1), split_part(name, ' ', 1));
    END LOOP;
END
$$;

-- Nobody calls them: triggers do.
DO $$
DECLARE
    ours REGPROCEDURE;
BEGIN
    FOR ours IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'bmtui_') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', ours);
    END LOOP;
END
$$;
