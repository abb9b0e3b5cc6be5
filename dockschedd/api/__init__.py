"""The API: one table of routes, thin handlers that call core and the ports, one error shape."""
