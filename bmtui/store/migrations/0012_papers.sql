-- What stands on papers in the place of the buyer's name, where no font has its letters.
ALTER TABLE orders ADD COLUMN paper_name TEXT NOT NULL DEFAULT '';

-- Orders whose text for the search is still to be folded (accents, ß, width; see `store.folding`); the store does so when
-- it is opened, in small steps.
CREATE TABLE search_unfolded (order_ref INTEGER PRIMARY KEY);

-- A digest of host and token, by which the same account is known again; when a company was removed, with its history kept.
ALTER TABLE companies ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN removed_at INTEGER;
