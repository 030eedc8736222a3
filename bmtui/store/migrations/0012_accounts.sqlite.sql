-- A day is due as soon as what its sums are made of changes, whoever changes it.
CREATE TRIGGER figures_order_insert AFTER INSERT ON orders BEGIN
    INSERT INTO figure_due (company_id, hour) VALUES (new.company_id, new.created_at / 3600000000) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_order_update AFTER UPDATE ON orders WHEN
    old.company_id IS NOT new.company_id OR old.created_at IS NOT new.created_at OR old.status IS NOT new.status OR
    old.market IS NOT new.market OR old.currency IS NOT new.currency OR old.carrier IS NOT new.carrier OR
    old.received IS NOT new.received OR old.refunded IS NOT new.refunded OR old.fee IS NOT new.fee OR
    old.fee_charged IS NOT new.fee_charged OR old.sales_dp_adjustment IS NOT new.sales_dp_adjustment OR
    old.paid_at IS NOT new.paid_at OR old.shipped_at IS NOT new.shipped_at
BEGIN
    INSERT INTO figure_due (company_id, hour) VALUES (old.company_id, old.created_at / 3600000000) ON CONFLICT DO NOTHING;
    INSERT INTO figure_due (company_id, hour) VALUES (new.company_id, new.created_at / 3600000000) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_line_insert AFTER INSERT ON order_lines BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT company_id, created_at / 3600000000 FROM orders WHERE id = new.order_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_line_update AFTER UPDATE ON order_lines WHEN
    old.sku IS NOT new.sku OR old.quantity IS NOT new.quantity OR old.price IS NOT new.price OR
    old.refunded IS NOT new.refunded OR old.fee IS NOT new.fee OR old.state IS NOT new.state
BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT company_id, created_at / 3600000000 FROM orders WHERE id = new.order_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_return_insert AFTER INSERT ON return_items BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT o.company_id, o.created_at / 3600000000 FROM order_lines l JOIN orders o ON o.id = l.order_ref
    WHERE l.id = new.line_ref ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figures_return_update AFTER UPDATE ON return_items WHEN old.received IS NOT new.received BEGIN
    INSERT INTO figure_due (company_id, hour)
    SELECT o.company_id, o.created_at / 3600000000 FROM order_lines l JOIN orders o ON o.id = l.order_ref
    WHERE l.id = new.line_ref ON CONFLICT DO NOTHING;
END;
-- Days begin elsewhere in another zone.
CREATE TRIGGER figures_zone_update AFTER UPDATE OF time_zone ON companies WHEN old.time_zone <> new.time_zone BEGIN
    DELETE FROM figure_orders WHERE company_id = new.id;
    DELETE FROM figure_lines WHERE company_id = new.id;
    DELETE FROM figure_due WHERE company_id = new.id;
    INSERT INTO figure_due (company_id, hour)
    SELECT DISTINCT company_id, created_at / 3600000000 FROM orders WHERE company_id = new.id;
END;
