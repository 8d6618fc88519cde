"""What values are called: one word for one thing, and no word in the place of another."""

from filing.web import words
from tests.web.fakes import a_site


def test_a_check_that_failed_is_called_so_and_no_word_of_an_act_takes_its_place():
    with a_site().test_request_context("/?lang=zh"):
        assert words.word("failed") == "不通过"
        assert words.left("failed") != words.word("failed")
        assert {words.word(one) for one in words.OUTCOMES} == set(words.OUTCOMES.values())
