"""What a reader of files says about a damaged one stands on a page in one language."""

import pytest

from tests.web.submission_fakes import ID, FakeDesk, a_site, bad

SAID = {"zh": "缺少 Doc_0/Document.xml", "en": "Doc_0/Document.xml is missing"}


@pytest.mark.parametrize("lang", SAID)
def test_a_file_that_does_not_open_is_spoken_of_in_the_language_of_the_page(tmp_path, lang):
    client = a_site(FakeDesk(bad("GD-3-4", "ofd_without_its_document")), tmp_path).test_client()
    client.set_cookie("filing-session", "clerk")
    page = client.get(f"/submissions/{ID}?lang={lang}").get_data(as_text=True)
    other = SAID["en" if lang == "zh" else "zh"]
    assert SAID[lang] in page
    assert other not in page
