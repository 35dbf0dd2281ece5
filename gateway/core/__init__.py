"""Pure domain: values, rules and the ports that use cases need. No I/O, nothing but the standard library and msgspec."""
