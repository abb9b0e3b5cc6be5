"""Docker Engines: the only place that knows the docker SDK and what engines answer."""
