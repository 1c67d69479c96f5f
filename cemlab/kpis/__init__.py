"""What the organization records and counts."""
