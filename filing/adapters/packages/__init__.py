"""Readers of packages: bytes of a delivery in, one filing.model.package.Package out.

What a reader refuses by itself (structure, safety, XML) comes as findings in
the package; a bad package never raises. ``read_package`` and ``read_parts`` in
delivery.py are the only doors; a new form is a new module and one line there.
"""
