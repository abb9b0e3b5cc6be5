"""The tests; docs/architecture.md and CONTRIBUTING.md say what each folder is for."""
