"""Everything that codes, decodes or muxes, with PyAV; errors of FFmpeg become errors of ours here."""
