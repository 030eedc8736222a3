"""Operation of an installation: checks, backups, metrics, privacy, settings as files."""
