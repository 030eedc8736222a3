"""Downloads, and differences between the store and Back Market."""
