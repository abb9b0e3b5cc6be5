"""How fast it is, measured over a real socket and a real engine; nothing here is a test."""
