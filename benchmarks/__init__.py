"""Measurements, printed as tables: never a test, and no threshold anywhere.

    python -m benchmarks                everything, as ``make bench`` does
    python -m benchmarks filing         our server beside the floor, in alternation
    python -m benchmarks checks         what the checks of one record cost
    python -m benchmarks formats        what looking into one content file costs
    python -m benchmarks desk           a page of a long queue beside a short one; acts on many

The floor is the least any honest server must do for the same bytes (see
benchmarks.floor), so a ratio near 1 means there is nothing left to gain, on whatever
machine this runs.
"""
