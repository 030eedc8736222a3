"""Readers of what people, scanners and files put in: one reader for each kind of value, used by every way in.

    identifier        IMEI or serial number of a device
    tracking_number   number of a parcel, with the shapes of its carrier
    amount            money of one currency
    percent           rates of VAT
    whole_number      order ids, line ids, quantities
    date              day, month, time, time zone
    tax_id            VAT and tax ids, countries
    note              note of several lines, name of one line
    table_file        CSV, TSV and line lists

A reader returns the value or raises: `errors.NotRead` for a text that is not such a value (exit code 2),
`errors.ValueRefused` for a value that a rule forbids (exit code 3). Both carry `field`, `came`, `understood` and
`advice`. What is likely right and not certain is returned with `doubts`, sentences that a person confirms before the
value is used. A reader never guesses between two readings, and never drops visible characters without a word.

cleaning, keyboard and check_digits are shared by the readers.
"""
