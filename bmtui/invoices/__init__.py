"""Documents that an accountant accepts: contents, wording, arithmetic, and four ways to a PDF (order-desk §8).

Knows no Back Market and no screen. The only place that knows fpdf2 and what else makes PDFs.
"""
