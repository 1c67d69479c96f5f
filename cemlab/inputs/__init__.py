"""The border: everything that may be wrong with a user's files is found here."""
