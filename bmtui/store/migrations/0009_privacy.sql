-- When the buyer's personal data was removed from an order; later downloads must not bring it back.
ALTER TABLE orders ADD COLUMN anonymised_at INTEGER;
CREATE INDEX orders_email ON orders (customer_email);
