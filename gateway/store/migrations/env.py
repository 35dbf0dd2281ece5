"""Run by alembic, on the connection that ``gateway.store.migrate`` hands over."""

from alembic import context

from gateway.store.tables.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
