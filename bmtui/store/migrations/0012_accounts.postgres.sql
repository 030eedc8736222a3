-- A day is due as soon as what its sums are made of changes, whoever changes it.
CREATE FUNCTION figures_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO figure_due (company_id, hour) VALUES (old.company_id, old.created_at / 3600000000) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO figure_due (company_id, hour) VALUES (new.company_id, new.created_at / 3600000000) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER figures_order_insert AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION figures_of_order();
CREATE TRIGGER figures_order_update AFTER UPDATE ON orders FOR EACH ROW WHEN (
    old.company_id IS DISTINCT FROM new.company_id OR old.created_at IS DISTINCT FROM new.created_at OR
    old.status IS DISTINCT FROM new.status OR old.market IS DISTINCT FROM new.market OR
    old.currency IS DISTINCT FROM new.currency OR old.carrier IS DISTINCT FROM new.carrier OR
    old.received IS DISTINCT FROM new.received OR old.refunded IS DISTINCT FROM new.refunded OR
    old.fee IS DISTINCT FROM new.fee OR old.fee_charged IS DISTINCT FROM new.fee_charged OR
    old.sales_dp_adjustment IS DISTINCT FROM new.sales_dp_adjustment OR old.paid_at IS DISTINCT FROM new.paid_at OR
    old.shipped_at IS DISTINCT FROM new.shipped_at
) EXECUTE FUNCTION figures_of_order();
CREATE FUNCTION figures_of_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT company_id, created_at / 3600000000 FROM orders WHERE id = new.order_ref ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER figures_line_insert AFTER INSERT ON order_lines FOR EACH ROW EXECUTE FUNCTION figures_of_line();
CREATE TRIGGER figures_line_update AFTER UPDATE ON order_lines FOR EACH ROW WHEN (
    old.sku IS DISTINCT FROM new.sku OR old.quantity IS DISTINCT FROM new.quantity OR
    old.price IS DISTINCT FROM new.price OR old.refunded IS DISTINCT FROM new.refunded OR
    old.fee IS DISTINCT FROM new.fee OR old.state IS DISTINCT FROM new.state
) EXECUTE FUNCTION figures_of_line();
CREATE FUNCTION figures_of_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT o.company_id, o.created_at / 3600000000 FROM order_lines l JOIN orders o ON o.id = l.order_ref
    WHERE l.id = new.line_ref ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER figures_return_insert AFTER INSERT ON return_items FOR EACH ROW EXECUTE FUNCTION figures_of_return();
CREATE TRIGGER figures_return_update AFTER UPDATE ON return_items
    FOR EACH ROW WHEN (old.received IS DISTINCT FROM new.received) EXECUTE FUNCTION figures_of_return();
-- Days begin elsewhere in another zone.
CREATE FUNCTION figures_of_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM figure_orders WHERE company_id = new.id;
    DELETE FROM figure_lines WHERE company_id = new.id;
    INSERT INTO figure_due (company_id, hour)
    SELECT DISTINCT company_id, created_at / 3600000000 FROM orders WHERE company_id = new.id ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER figures_zone_update AFTER UPDATE OF time_zone ON companies
    FOR EACH ROW WHEN (old.time_zone <> new.time_zone) EXECUTE FUNCTION figures_of_zone();
DO $$
DECLARE
    name TEXT;
    ours TEXT := quote_ident(current_schema());
BEGIN
    FOREACH name IN ARRAY ARRAY['figures_of_order', 'figures_of_line', 'figures_of_return', 'figures_of_zone'] LOOP
        EXECUTE 'ALTER FUNCTION ' || ours || '.' || name || '() SET search_path = pg_catalog, ' || ours || ', pg_temp';
    END LOOP;
END
$$;
