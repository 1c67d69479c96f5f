"""The chapters of the reports: one module a chapter, each with `write(report)` -> list of blocks."""
