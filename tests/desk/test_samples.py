"""What a cause's page may call values: the fields' own, not what a check saw about them."""

from dataclasses import replace

import pytest

from examples.bad import FAULTS, sample
from filing.app.correction import rules
from filing.config import Settings
from filing.desk.causes import cause_of, shows_values
from filing.desk.remedy import targets
from filing.errors import NotFound
from filing.ingest.rejection import fault_of
from filing.model.desk import Cause
from filing.rules.rule_set import load_rule_set
from tests.desk.office import an_office, refused
from tests.examples.reading import TODAY, judge, read
from tests.examples.reading import refused as refused_by

RULES, TABLE = load_rule_set(), rules()
WORDS = ("<题名>".encode(), "<题名>\u200b".encode())


def described(fault):
    """(code, reason, what the finding shows, what stands there) of what the desk may mend."""
    one = sample(fault)
    package = read(one)
    for code, findings in refused_by(judge(one, RULES)).items():
        for each in findings:
            key = cause_of("x", fault_of(each))
            if not key.field or TABLE.remedy(code, each.reason).mend not in ("metadata", "both"):
                continue
            cause = Cause(
                key.id, "x", "", code, each.reason, key.field, key.shape, "", "", 1, TODAY, TODAY
            )
            for target in targets(cause, [each], package):
                yield code, each.reason, each.found.strip(), (target.before or "").strip()


@pytest.fixture
def settings(database_url, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home, database_url=database_url, free_bytes=1 << 20)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code}_{fault.slug}")
def test_what_is_called_a_value_is_one(fault):
    for code, reason, found, stands in described(fault):
        if shows_values(code, reason):
            assert found == stands, (code, reason)


def test_what_stands_in_the_members_is_shown_where_the_findings_do_not(settings):
    with an_office(settings) as office:
        for number in range(3):
            office.send(refused(number, WORDS))
        every = office.desk.causes(office.clerk, "", "", 10)
        cause = next(one for one in every if one.field == "内容描述/题名")
        assert cause.code == "GD-1-6"
        assert not cause.valued
        assert cause.example == "U+200B"
        shown = office.desk.samples(office.clerk, cause.id, 2)
        assert len(shown) == 2
        assert all(one.startswith("\u200b关于") for one in shown)
        foreign = replace(office.clerk, agency_id="another")
        with pytest.raises(NotFound):
            office.desk.samples(foreign, cause.id, 2)
