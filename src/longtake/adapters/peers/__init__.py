"""Another node, by its HTTP API: one of ours, or an older one."""
