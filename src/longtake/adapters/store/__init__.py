"""The segment store: durable files in hour folders, their listings, facts and the ledger of what was shown."""
