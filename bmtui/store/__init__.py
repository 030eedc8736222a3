"""The database: models, migrations, search. Knows no HTTP and no screen."""

from bmtui.store.connection import Store, open_store

__all__ = ["Store", "open_store"]
