"""A fleet of engines that are served over real sockets, and what is measured on it."""
