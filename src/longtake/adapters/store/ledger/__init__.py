"""The ledger (``core.ledger``) in a store: files of hours, and who extends them."""
