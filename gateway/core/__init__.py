"""Pure domain: values, rules and the ports that use cases need. No I/O.

Nothing but the standard library and msgspec is imported here.
"""
