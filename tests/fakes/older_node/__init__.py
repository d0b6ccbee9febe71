"""An older node: the system before longtake, as far as other nodes and players see it.

Written from what that system was seen to do, not from its code. ``OlderNode`` serves a folder over real HTTP on
loopback; the client is in ``tests.fakes.older_peer``. ``older_node.names`` and ``older_node.selection`` hold what both
sides of it believe about files; ``older_node.faults`` are bad answers for a path.
"""

from tests.fakes.older_node.server import OlderNode

__all__ = ["OlderNode"]
