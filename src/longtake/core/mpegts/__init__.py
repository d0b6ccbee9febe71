"""MPEG-TS (ISO/IEC 13818-1) as recorded segments have it: taken apart, timed anew, put together.

Works on whole segments in memory, in columns: a row is a packet of 188 bytes. Nothing here decodes pictures or sound.

- ``timestamps``: 33-bit clocks, in numbers and in bytes.
- ``packets``: the packets of a segment as columns.
- ``tables``: which PID carries what (PAT, PMT).
- ``pes``: the headers of one PID's PES packets, as columns.
- ``units``: what these carry: coded pictures, sound frames.
- ``scan``: all of that for one segment, for cuts and clocks; what is not understood is refused.
- ``sync``, ``look``: the same for the recorder, with whatever is there, and what is missing or damaged.
- ``retime``: whole segments moved in time, with running continuity counters.
- ``writer``: new packets for new units.
"""
