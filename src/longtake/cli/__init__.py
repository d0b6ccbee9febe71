"""The command line: one file per command. Errors become exit codes in ``exits`` alone."""
