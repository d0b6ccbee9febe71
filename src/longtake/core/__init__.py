"""The rules of longtake as pure functions: values in, values out. No I/O, no clock, no randomness, no framework."""
