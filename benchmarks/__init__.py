"""What activitystream costs, beside what else could do the same: `make bench`, `python -m benchmarks --help`.

It starts its own server and makes its own database; nothing that is on the machine is touched. Every row of
the table is a class in `rows/` with the same shape (`benchmarks.row.Row`). Both sides of a row run in turn,
in the same run, on the same server and the same database.
"""
