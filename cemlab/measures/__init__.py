"""What the customer experienced."""
