"""A province's social insurance register (REST, JSON): shares records of persons, and the staff that a firm insures.

Quirks: one envelope for everything, HTTP 200 for refusals; columns in the initials of their Chinese names; only the
columns that are named are given; days as ``yyyyMMdd``, sums in cents, the number of pages instead of rows.
Faults: ``more-fields`` gives every column whatever was named, ``other-person`` somebody else's record beside the right
one.
"""
