"""The only place that names concrete adapters and builds services from settings; one file per process.

Heavy libraries are imported by the file that needs them, so that a command starts with what it uses.
"""
