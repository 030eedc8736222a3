-- What was numbered stays: nothing is deleted, and what was frozen is never changed.
CREATE FUNCTION invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoices and what they refer to are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER invoices_never_shrink BEFORE DELETE OR TRUNCATE ON invoices
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_stay();
CREATE TRIGGER invoices_never_change BEFORE UPDATE OF
    company_id, order_ref, corrects_id, kind, country, period, sequence, number, issued, document, document_hash
    ON invoices FOR EACH STATEMENT EXECUTE FUNCTION invoices_stay();
CREATE TRIGGER invoices_sealed_once BEFORE UPDATE OF pdf_hash, pdf ON invoices
    FOR EACH ROW WHEN (old.pdf_hash <> '') EXECUTE FUNCTION invoices_stay();
CREATE TRIGGER invoice_assets_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_assets
    FOR EACH STATEMENT EXECUTE FUNCTION invoices_stay();
