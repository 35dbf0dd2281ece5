"""The one history of the schema (docs/adr/0011): each step runs on SQLite and on PostgreSQL, up and down."""
