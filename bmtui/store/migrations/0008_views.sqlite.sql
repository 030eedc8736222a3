-- The search index numbers its rows in the order of creation, not of arrival: so the newest orders with a word are found
-- without reading and sorting all that have it. A place is the second of creation and a number within it.
DROP TRIGGER orders_search_insert;
DROP TRIGGER orders_search_update;
DROP TRIGGER orders_search_delete;
DROP TABLE order_search;
CREATE TABLE order_places (
    place INTEGER PRIMARY KEY,
    order_ref INTEGER NOT NULL UNIQUE REFERENCES orders (id)
);
INSERT INTO order_places (place, order_ref)
    SELECT created_at / 1000000 * 65536 + row_number() OVER (PARTITION BY created_at / 1000000 ORDER BY id) - 1, id
    FROM orders ORDER BY created_at, id;
CREATE VIEW order_texts AS SELECT place, search_text FROM order_places JOIN orders ON orders.id = order_ref;
CREATE VIRTUAL TABLE order_search USING fts5 (
    search_text, content = 'order_texts', content_rowid = 'place', tokenize = "unicode61 remove_diacritics 2",
    prefix = '1 2 3 4 5 6 7'
);
-- Any three characters in a row, for parts of an IMEI, a tracking number, a mail address.
CREATE VIRTUAL TABLE order_parts USING fts5 (
    search_text, content = 'order_texts', content_rowid = 'place', tokenize = 'trigram', detail = none
);
INSERT INTO order_search (order_search) VALUES ('rebuild');
INSERT INTO order_parts (order_parts) VALUES ('rebuild');

CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
    INSERT INTO order_places (order_ref, place) SELECT new.id, CASE
        WHEN EXISTS (SELECT 1 FROM order_places WHERE place = new.created_at / 1000000 * 65536 + 65535)
            THEN (SELECT max(place) + 1 FROM order_places)
        ELSE coalesce((
            SELECT max(place) + 1 FROM order_places
            WHERE place BETWEEN new.created_at / 1000000 * 65536 AND new.created_at / 1000000 * 65536 + 65534
        ), new.created_at / 1000000 * 65536) END AS place;
    INSERT INTO order_search (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
    INSERT INTO order_parts (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
END;
CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text, created_at ON orders
    WHEN old.search_text <> new.search_text OR old.created_at / 1000000 <> new.created_at / 1000000 BEGIN
    INSERT INTO order_search (order_search, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    INSERT INTO order_parts (order_parts, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    UPDATE order_places SET place = CASE
        WHEN EXISTS (SELECT 1 FROM order_places WHERE place = new.created_at / 1000000 * 65536 + 65535)
            THEN (SELECT max(place) + 1 FROM order_places)
        ELSE coalesce((
            SELECT max(place) + 1 FROM order_places
            WHERE place BETWEEN new.created_at / 1000000 * 65536 AND new.created_at / 1000000 * 65536 + 65534
        ), new.created_at / 1000000 * 65536) END
        WHERE order_ref = new.id AND place / 65536 <> new.created_at / 1000000;
    INSERT INTO order_search (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
    INSERT INTO order_parts (rowid, search_text) SELECT place, new.search_text FROM order_places WHERE order_ref = new.id;
END;
CREATE TRIGGER orders_search_delete BEFORE DELETE ON orders BEGIN
    INSERT INTO order_search (order_search, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    INSERT INTO order_parts (order_parts, rowid, search_text)
        SELECT 'delete', place, old.search_text FROM order_places WHERE order_ref = old.id;
    DELETE FROM order_places WHERE order_ref = old.id;
END;
