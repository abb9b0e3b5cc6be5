"""Who is asking: passwords, tokens, keys, peer credentials, throttling and the first user."""
