-- What was numbered stays: nothing is deleted, and what was frozen is never changed.
CREATE TRIGGER invoices_never_shrink BEFORE DELETE ON invoices BEGIN
    SELECT RAISE(ABORT, 'invoices are never deleted');
END;
CREATE TRIGGER invoices_never_change BEFORE UPDATE OF
    company_id, order_ref, corrects_id, kind, country, period, sequence, number, issued, document, document_hash
    ON invoices BEGIN
    SELECT RAISE(ABORT, 'what was frozen in an invoice is never changed');
END;
CREATE TRIGGER invoices_sealed_once BEFORE UPDATE OF pdf_hash, pdf ON invoices WHEN old.pdf_hash <> '' BEGIN
    SELECT RAISE(ABORT, 'an invoice is sealed once');
END;
CREATE TRIGGER invoice_assets_never_change BEFORE UPDATE ON invoice_assets BEGIN
    SELECT RAISE(ABORT, 'invoices refer to it');
END;
CREATE TRIGGER invoice_assets_never_shrink BEFORE DELETE ON invoice_assets BEGIN
    SELECT RAISE(ABORT, 'invoices refer to it');
END;
