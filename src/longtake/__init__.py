"""longtake records live streams without losing a second, and cuts any moment of them minutes later."""

__version__ = "0.1.0"
