"""Pages for people. So far the front page: what this is, and where to read on.

No desk, no login. Everything shown here is public.
"""
