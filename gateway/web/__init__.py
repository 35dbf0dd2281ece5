"""HTTP: reads requests within limits, proves who calls, writes answers. The only place that knows starlette."""
