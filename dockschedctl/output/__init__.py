"""What commands show: pure functions from wire values, `now` and a zone to text."""
