"""A sample delivered to an archive in this process, as its agency would deliver it."""

from examples.documents import agency
from examples.sample import Sample
from filing.app import Site
from filing.services import Answer


def submitted(site: Site, one: Sample) -> Answer:
    """What the archive answers."""
    with site.archive.incoming(one.media_type, None) as arriving:
        for part in one.parts:
            arriving.begin_part(part.name, part.file_name)
            arriving.write(part.body)
        if not one.parts:
            arriving.write(one.body)
        return site.archive.submit(
            agency(one.agency_id), arriving.finish({}), one.channel, one.registration, "", False
        )
