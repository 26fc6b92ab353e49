"""People who work with the city: accounts, how they sign in, what they may do and where."""
