"""PyAV and what is built on it. Heavy work runs in processes of its own: see ``workers``."""
