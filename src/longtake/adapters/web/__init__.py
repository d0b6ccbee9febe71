"""HTTP at its edge, for every service that answers requests: reading them, telling errors, sending long bodies, serving.

Services bring routers and routes; ``app.wiring`` puts them together with ``app.build_app``. ``problems`` alone knows
which error is which status.
"""
