"""All I/O, one folder per outside thing. Each wraps its library's errors into ``core.errors``."""
