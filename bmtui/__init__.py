"""The order desk for Back Market sellers in the terminal."""

__version__ = "0.1.0"
