"""What the daemon decides: pure values and functions, without I/O, clock, log or randomness."""
