"""Files nobody here wrote travel the whole road and come back as they were."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from examples.documents import AGENCIES, Document, ofd_file, official, pdf_file
from examples.good import deliver, metadata
from filing.model.package import Form
from tests.conformance.served import a_served_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with a_served_archive(tmp_path_factory.mktemp("archive"), suite="both") as served:
        yield served


def a_document(number, files):
    """A document whose annexes are ``files``."""
    made = official(number, sender=AGENCIES[0], annexes=0)
    annexes = (Document(f"附件 {one.name}", "附属文档", (one,)) for one in files)
    return replace(made, documents=(*made.documents, *annexes))


def real_files(corpus):
    """Every file of the corpus, under the name it has there."""
    for kind, as_file in (("ofd", ofd_file), ("pdf", pdf_file)):
        for path in sorted((corpus / kind).glob(f"*.{kind}")):
            yield as_file(path.name, path.read_bytes())


def come_back(archive, answer, files):
    """Hold every file the archive gives out against what was sent."""
    assert answer.status_code == 201, answer.text
    record = answer.json()["receipt"]["record"]
    listed = {one["path"]: one for one in archive.get(f"records/{record}").json()["components"]}
    assert {one.name for one in files} <= set(listed)
    for one in files:
        got = archive.get(f"records/{record}/content/{one.name}")
        assert got.status_code == 200, got.text
        assert got.content == one.body, one.name
        digest = hashlib.sha256(one.body)
        value = base64.b64encode(digest.digest()).decode()
        assert got.headers["Content-Digest"] == f"sha-256=:{value}:"
        assert listed[one.name]["digests"]["sha256"] == digest.hexdigest()
        assert listed[one.name]["digests"]["sm3"] == hashlib.new("sm3", one.body).hexdigest()
        assert listed[one.name]["size_bytes"] == len(one.body)


@pytest.mark.parametrize("form", Form)
def test_real_files_come_back_byte_for_byte(archive, corpus, form):
    files = tuple(real_files(corpus))
    assert len(files) >= 10
    document = a_document(100 + list(Form).index(form), files)
    come_back(archive, archive.post(deliver(document, form, metadata(document, form))), files)


WRITINGS = {
    "in lines": lambda text: re.sub("(.{76})", "\\1\r\n", text),
    "with references": lambda text: "&#10;".join(
        f"&#{ord(one[0])};&#x{ord(one[1]):x};{one[2:]}" for one in re.findall(".{2,500}", text)
    ),
    "in CDATA": lambda text: f"\n<![CDATA[{text[:10]}]]><![CDATA[{text[10:]}]]>\n",
    "with remarks": lambda text: f"<!-- 开头 < & -->{text[:9]}<?page 1?>{text[9:]}<!---->",
    "all together": lambda text: f"{text[:5]}&#13;\n<![CDATA[{text[5:9]}\n]]><!-- x -->{text[9:]}",
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_however_base64_is_written_the_bytes_come_back(archive, writing):
    document = a_document(200 + list(WRITINGS).index(writing), ())
    xml = metadata(document, Form.EEP).decode()
    parts = re.split("(<编码数据[^>]*>)([^<]+)(?=</编码数据>)", xml)
    assert len(parts) > 3
    for at in range(2, len(parts), 3):
        parts[at] = WRITINGS[writing]("".join(parts[at].split()))
    answer = archive.post(deliver(document, Form.EEP, "".join(parts).encode()))
    come_back(archive, answer, document.files)
