"""The audit in the database: the group writer, checkpoints, pages, exports and the removal of what is expired."""
