"""Config, wiring, supervisor, logs, metrics: what turns services and adapters into running processes."""
