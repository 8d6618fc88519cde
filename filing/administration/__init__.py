"""Administration: what is set on the pages, by whom, and from when it holds.

    agencies    added and changed, known by their credentials; profile_faults says what may be
    tunings     rules of the archive, an agency, a kind of record (filing.rules.tuning)
    texts       the words of notices
    history     versions of all of these, compared and put back
    rehearsals      what a change would do to recent deliveries (replay), before it is made
    in_force    what is set, as each process goes by it

Every change is a version with its reason and an event, from the version that was seen.
People, their accounts and roles are in filing.people.
"""
