"""Networks of users: built, looked at, and compiled as their parameters say."""
