CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

-- Words for the bare-word search; the triggers leave rows alone whose words did not change (performance, Download).
CREATE VIRTUAL TABLE order_search USING fts5 (
    search_text, content = 'orders', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
    INSERT INTO order_search (rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text ON orders WHEN old.search_text <> new.search_text BEGIN
    INSERT INTO order_search (order_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
    INSERT INTO order_search (rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER orders_search_delete AFTER DELETE ON orders BEGIN
    INSERT INTO order_search (order_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
END;
