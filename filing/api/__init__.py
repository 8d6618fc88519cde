"""HTTP for systems: the face of the archive towards agencies.

A view reads the request, calls one use case of ``filing.services`` and renders
what came back. Nothing about records is decided here.

    blueprint   puts the parts together: ``create_blueprint(services, settings)``
    registry    the routes as declarations, ``openapi`` the document made of them
    caller      who is calling, over which channel
    body        the request's bytes, ``delivery`` hands them to staging
    problems    what goes wrong, as RFC 9457 documents; the one table of statuses
"""
