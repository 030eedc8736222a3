"""The jobs: what is queued, running and done."""
