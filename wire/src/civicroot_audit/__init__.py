"""The auditor: follows a city log from outside and checks all of it."""
