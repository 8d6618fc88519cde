"""The archive in this process, without a network, so that its parts can be made to fail."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from examples.sample import Sample
from filing.app import Site, create_app
from tests.crash.yard import Yard


class Desk:
    """An open archive and its agency."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        self.site = Site(yard.settings)
        self.client = create_app(yard.settings, self.site).test_client()

    def send(self, sample: Sample, **headers: str) -> tuple[int, bytes]:
        """Status and body of one delivery."""
        given = {
            **dict(sample.headers),
            "Content-Type": sample.content_type,
            "Authorization": f"Bearer {self.yard.token}",
        }
        path = "/api/v1/submissions"
        with self.client.post(path, data=sample.wire(), headers={**given, **headers}) as reply:
            return reply.status_code, reply.get_data()

    def code(self, sample: Sample) -> tuple[int, str]:
        """Status and problem of a delivery that fails."""
        status, body = self.send(sample)
        kind = json.loads(body)["type"]
        return status, kind.replace("/", ":").rpartition(":")[2]


@contextmanager
def a_desk(yard: Yard) -> Iterator[Desk]:
    """An archive, closed as a server closes it."""
    desk = Desk(yard)
    try:
        yield desk
    finally:
        desk.site.close()
