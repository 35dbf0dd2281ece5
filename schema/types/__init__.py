"""Types by topic. Fields that a system fills are plain attributes of the rows: none has a resolver of its own."""

from schema.enums import register_enums

register_enums()
