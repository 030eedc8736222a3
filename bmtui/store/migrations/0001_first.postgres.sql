-- The portable part has these as numbers, which SQLite databases of the first release keep.
ALTER TABLE companies
    ALTER COLUMN enabled TYPE BOOLEAN USING enabled <> 0,
    ALTER COLUMN allow_order_download TYPE BOOLEAN USING allow_order_download <> 0,
    ALTER COLUMN allow_fulfillment_upload TYPE BOOLEAN USING allow_fulfillment_upload <> 0,
    ALTER COLUMN enable_imei_update TYPE BOOLEAN USING enable_imei_update <> 0;
ALTER TABLE jobs ALTER COLUMN cancel_requested TYPE BOOLEAN USING cancel_requested <> 0;
ALTER TABLE job_log ALTER COLUMN is_error TYPE BOOLEAN USING is_error <> 0;
ALTER TABLE orders
    ALTER COLUMN channel_notified TYPE BOOLEAN USING channel_notified <> 0,
    ALTER COLUMN is_backship TYPE BOOLEAN USING is_backship <> 0;

-- Names of companies differ by more than case.
CREATE UNIQUE INDEX companies_name ON companies (lower(name));

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_never_shrinks BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- Words for the bare-word search, as FTS5's unicode61 makes them: letters and digits, case and Latin diacritics folded.
-- Written out, because what the server's locale calls a letter differs from server to server.
CREATE FUNCTION search_words(given TEXT) RETURNS TEXT[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded TEXT := lower(given COLLATE "C");
BEGIN
    IF folded COLLATE "C" ~ '[^\u0001-\u007f]' THEN
        folded := regexp_replace(normalize(folded, NFD) COLLATE "C", '([A-Za-z])[\u0300-\u036f]+', '\1', 'g');
        folded := lower(normalize(folded, NFC) COLLATE "C");
        IF folded COLLATE "C" ~ '[^\u0001-\u007f]' THEN
            folded := translate(
                folded COLLATE "C",
                'ÆÐØÞĐĦŁŊĲŒŦŽſΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏΪΫςАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏҐＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ',
                'æðøþđħłŋĳœŧžsαβγδεζηθικλμνξοπρστυφχψωάέήίόύώϊϋσабвгдежзийклмнопрстуфхцчшщъыьэюяѐёђѓєѕіїјљњћќѝўџґａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ'
            );
        END IF;
    END IF;
    RETURN array_remove(regexp_split_to_array(
        folded COLLATE "C",
        '([^a-z0-9\u0080-\U0010ffff]|[\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
        '\u2000-\u206f\u207a-\u207e\u208a-\u208e\u20a0-\u20cf\u2100\u2101\u2103-\u2106\u2108\u2109\u2114\u2116-\u2118'
        '\u211e-\u2123\u2125\u2127\u2129\u212e\u213a\u213b\u2140-\u2144\u214a-\u214d\u214f\u2190-\u245f\u249c-\u24e9\u2500-\u2775\u2794-\u2bff'
        '\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30a0\u30fb\ufd3e\ufd3f\ufe10-\ufe19'
        '\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\ufffd\U0001f000-\U0001f0ff'
        '\U0001f10d-\U0001faff])+'
    ), '');
END
$$;
CREATE FUNCTION search_vector(given TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || left(word, 200) || ''':' || least(place, 16383), ' '), '')::tsvector
    FROM unnest(search_words(given)) WITH ORDINALITY AS words (word, place)
$$;
-- The words in this order, beside each other; the last may be a beginning.
CREATE FUNCTION search_query(given TEXT) RETURNS TSQUERY LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (string_agg('''' || left(word, 200) || '''', ' <-> ' ORDER BY place) || ':*')::tsquery
    FROM unnest(search_words(given)) WITH ORDINALITY AS words (word, place)
$$;
CREATE TABLE order_search (order_ref BIGINT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE, words TSVECTOR NOT NULL);
CREATE INDEX order_search_words ON order_search USING gin (words);
CREATE FUNCTION order_search_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_search (order_ref, words) VALUES (new.id, search_vector(new.search_text))
        ON CONFLICT (order_ref) DO UPDATE SET words = EXCLUDED.words;
    RETURN NULL;
END
$$;
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_search_keep();
CREATE TRIGGER orders_search_update AFTER UPDATE OF search_text ON orders
    FOR EACH ROW WHEN (old.search_text <> new.search_text) EXECUTE FUNCTION order_search_keep();

-- Who works, on any host: a worker holds the advisory lock and renews `seen_at` (reliability §2).
CREATE TABLE worker_leases (
    name TEXT PRIMARY KEY,
    lock_key BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);
-- A job that became due wakes the workers; who misses it looks again soon anyhow.
CREATE FUNCTION jobs_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bmtui_jobs', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_wake_insert AFTER INSERT ON jobs
    FOR EACH ROW WHEN (new.status = 'submitted') EXECUTE FUNCTION jobs_wake();
CREATE TRIGGER jobs_wake_update AFTER UPDATE OF status ON jobs
    FOR EACH ROW WHEN (new.status = 'submitted' AND old.status <> 'submitted') EXECUTE FUNCTION jobs_wake();
