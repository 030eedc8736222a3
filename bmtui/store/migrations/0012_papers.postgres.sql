-- The text of a name as `text.folded` gives it: without accents, width and case, ß as ss. Written out, because what the
-- server's locale calls a letter differs from server to server.
CREATE FUNCTION search_fold(given TEXT) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded TEXT := lower(given COLLATE "C");
BEGIN
    IF folded COLLATE "C" ~ '[^\u0001-\u007f]' THEN
        folded := translate(
            lower(normalize(folded, NFKD) COLLATE "C") COLLATE "C",
            'ÆÐØÞĐĦŁŊŒŦƏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ',
            'æðøþđħłŋœŧəαβγδεζηθικλμνξοπρστυφχψωђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяґաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ'
        );
        folded := regexp_replace(folded COLLATE "C", '[\u0300-\u036f]+', '', 'g');
        folded := replace(replace(replace(replace(replace(folded, 'ẞ', 'ss'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
        folded := normalize(translate(folded COLLATE "C", 'øłđðħŧŋıſς', 'olddhtnisσ'), NFC);
    END IF;
    RETURN folded;
END
$$;

INSERT INTO search_unfolded (order_ref) SELECT id FROM orders WHERE search_text COLLATE "C" ~ '[^ -~]';
