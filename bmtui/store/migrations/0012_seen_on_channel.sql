-- Fields of an order that came and were not understood, as JSON: a list of {"path", "came"}.
ALTER TABLE orders ADD COLUMN marked TEXT NOT NULL DEFAULT '[]';
CREATE INDEX orders_marked ON orders (company_id) WHERE marked <> '[]';

-- In minor units, of orders that have them: tax that was sold along, and by what the price exceeds the pay-out.
ALTER TABLE orders ADD COLUMN sales_taxes INTEGER;
ALTER TABLE orders ADD COLUMN sales_dp_adjustment INTEGER;

-- Buyers whom Back Market erased, and what the company does with what is held of them: keep or erase.
ALTER TABLE companies ADD COLUMN erased_buyers TEXT NOT NULL DEFAULT 'keep';
ALTER TABLE orders ADD COLUMN erased_by_channel BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX orders_erased_by_channel ON orders (company_id) WHERE erased_by_channel AND anonymised_at IS NULL;

-- The next order creation reads them again: orders of erased buyers, and those with a number that can now be searched.
UPDATE inbox SET state = 'waiting' WHERE state = 'done' AND (
    replace(payload, '"Deleted"', '') <> payload
    OR replace(replace(payload, '"customer_id_number":""', ''), '"customer_id_number":"', '')
        <> replace(payload, '"customer_id_number":""', '')
);
