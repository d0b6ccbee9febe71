"""The HTTP client, for all that longtake asks of others."""
