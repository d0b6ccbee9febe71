"""What ``ls`` and ``holes`` show of recordings: read, counted and put into rows and strips; printing is the commands'."""
