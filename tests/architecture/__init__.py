"""The shape of the repository: layers, layout, what is shipped, what is documented."""
