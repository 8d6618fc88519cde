"""The words of notices: shipped whole, in both languages, and filled in once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.adapters.notice_texts import template
from filing.administration.texts import MAX_BODY, MAX_TITLE
from filing.model.events import Event, Kind
from filing.model.notices import LANGUAGES, NOTICE_KINDS, About, Template
from filing.notices.mail import compose, test_mail
from filing.notices.texts import PLACEHOLDERS, fill, unknown, values

AT = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
test_mail.__test__ = False  # a mail to try with, no test


def an_event(kind: Kind = Kind.RETURNED, **detail: object) -> Event:
    return Event("city", "s-1", kind, AT, "system", detail)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_notice_has_its_words(kind, language):
    words = template(kind, language)
    assert words.title
    assert unknown(words) == ()
    assert len(words.title) <= MAX_TITLE
    assert len(words.body) <= MAX_BODY
    filled = fill(words, values(an_event(kind), About(), "市局", "省馆", language))
    assert "{" not in filled.title + filled.body


@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_both_languages_of_a_notice_say_the_same_values(kind):
    said = [
        {name for name in PLACEHOLDERS if f"{{{name}}}" in template(kind, language).body}
        for language in LANGUAGES
    ]
    assert said[0] == said[1]


def test_what_happens_to_no_notice_has_no_words():
    with pytest.raises(KeyError):
        template(Kind.RECEIVED, "zh")


def test_the_day_is_the_one_in_china():
    assert values(an_event(), About(), "", "", "zh")["time"] == "2026-03-02 00:30"


def test_what_is_not_known_is_a_dash_and_long_lists_are_cut():
    found = values(an_event(failed=[f"GD-1-{n}" for n in range(90)]), About(), "", "", "en")
    assert found["archival_code"] == "—"
    assert found["checks"].endswith("GD-1-49…")


def test_names_that_stand_for_nothing_are_found():
    assert unknown(Template("{agency} {who}", "{time} {pass_word} {who}")) == ("who", "pass_word")


@given(st.dictionaries(st.sampled_from(sorted(PLACEHOLDERS)), st.text()), st.text())
def test_a_value_is_put_in_once_and_never_read_as_a_template(given_values, body):
    filled = fill(Template("", body + "{reason}"), given_values)
    if "reason" in given_values:
        assert filled.body.endswith(given_values["reason"].strip()) or not given_values["reason"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_of_many_counts_each_kind(language):
    events = [(n, an_event(kind)) for n, kind in enumerate([*NOTICE_KINDS, *NOTICE_KINDS])]
    about = {"s-1": About("机密题名", "Z109-WS·2025", "E1")}
    subject, body = compose(events, about, "市局", "省馆", language, template, "")
    assert "8" in subject
    assert body.count(f"{template(Kind.RETURNED, language).title}: 2") == 1
    assert "Z109-WS·2025" in body
    assert "机密题名" not in body
