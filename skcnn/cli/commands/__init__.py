"""The subcommands, one per file: ``run`` is the work, ``EXAMPLES`` the help's end.

They import what they need when they run, so that ``skcnn --help`` is there at once.
"""
