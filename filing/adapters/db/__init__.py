"""The database: rows, connections, and the queries each use case asks.

SQLAlchemy Core throughout: the ORM costs two to three times as much a commit.
"""
