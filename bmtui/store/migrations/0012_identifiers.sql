-- Which SKUs leave with an IMEI, a serial number, or nothing: PATTERN=imei; PATTERN=none. What fits none has a default.
ALTER TABLE companies ADD COLUMN identifier_policy TEXT NOT NULL DEFAULT '';
