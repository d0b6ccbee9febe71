"""The generated test stream: its picture, its sound, and their coding with PyAV. Drawn and sounded to be checked."""
