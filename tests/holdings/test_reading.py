"""Reading records back, on a whole archive in this process."""

import json

import pytest

from examples.documents import AGENCIES
from examples.good import good
from filing.app import Site, initialise
from filing.config import Settings
from filing.errors import NotFound
from filing.evidence import certificates, checkpoint, merkle, proof
from filing.evidence.members import a_blob
from filing.model.agency import Channel
from filing.model.package import Form

WATER, CULTURE, _ = AGENCIES


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """An open site with one record of each form that is one body; (site, receipts)."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), suite="both")
    initialise(settings)
    site = Site(settings)
    for one in AGENCIES:
        site.operations.add_agency(one)
    site.open()
    receipts = []
    for number, form in enumerate((Form.EEP, Form.EEP_ZIP, Form.RECORD_ZIP)):
        (sample,) = good(1, form=form, start=number, annexes=1)
        with site.archive.incoming(sample.media_type, len(sample.body)) as arriving:
            arriving.write(sample.body)
            answer = site.archive.submit(
                WATER, arriving.finish({}), Channel.LOOPBACK, sample.registration, "", False
            )
        receipts.append(json.loads(answer.body)["receipt"])
    yield site, receipts
    site.close()


def trusted(site):
    chains = [certificates.load_chain(pem) for pem in site.operations.trusted_keys().values()]
    return {
        certificates.fingerprint(one): certificates.read(one).public_key
        for chain in chains
        for one in chain
    }


def test_another_agency_s_record_does_not_exist(filed):
    site, receipts = filed
    for receipt in receipts:
        record = receipt["record"]
        path = receipt["statement"]["components"][0]["path"]
        assert site.archive.record(WATER, record).id == record
        for ask in (
            lambda who, record=record: site.archive.record(who, record),
            lambda who, record=record: site.archive.proof(who, record),
            lambda who, record=record, path=path: site.archive.content(who, record, path),
        ):
            assert ask(WATER)
            with pytest.raises(NotFound, match=f"there is no record {record}"):
                ask(CULTURE)


@pytest.mark.parametrize(
    "path", ["", "absent.pdf", "../eep.xml", "seal/statement.json", "eep.xml/"]
)
def test_what_is_not_under_seal_is_not_given_out(filed, path):
    site, receipts = filed
    for receipt in receipts:
        with pytest.raises(NotFound):
            site.archive.content(WATER, receipt["record"], path)


def test_every_sealed_file_is_given_out_as_it_was_sealed(filed):
    site, receipts = filed
    for receipt in receipts:
        said = receipt["statement"]
        for one in (*said["components"], *said["metadata"]):
            stream, size, digest = site.archive.content(WATER, receipt["record"], one["path"])
            with stream as content:
                body = content.read()
            assert len(body) == size == one["bytes"]
            assert digest.hex == one["digests"]["sha256"]


def test_a_proof_is_made_against_the_newest_checkpoint(filed):
    site, receipts = filed
    size = site.ledger.head().size
    assert size == len(receipts)
    for receipt in receipts:
        found = proof.verify(site.archive.proof(WATER, receipt["record"]), trusted(site), None)
        assert found.trusted
        assert any(f"of {size} leaves" in one.text for one in found.proved)


def test_the_log_shows_that_it_only_grew(filed):
    site, receipts = filed
    size = len(receipts)
    heads = {one["log"]["tree_size"]: one["log"]["checkpoint"] for one in receipts}
    roots = {number: checkpoint.read(note.encode())[0].root for number, note in heads.items()}
    for first in roots:
        said = json.loads(site.archive.consistency(first, size))
        path = [a_blob(one, "proof") for one in said["proof"]]
        merkle.verify_consistency(first, size, roots[first], roots[size], path)
    for first, second in ((0, 1), (2, 1), (1, size + 1), (-1, 1)):
        with pytest.raises(NotFound):
            site.archive.consistency(first, second)
