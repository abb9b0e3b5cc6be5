"""One module per noun: a command parses, makes one call of the client, and shows the answer."""
