"""From the state to the rows of grids: pure, one noun per file."""
