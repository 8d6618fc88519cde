"""An agency as a form has it, and back. Judges nothing: see filing.administration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from filing.errors import BadRequest
from filing.model.agency import Agency, Channel, FilingRule
from filing.web.admin.showing import lines, words
from filing.web.i18n import marked

#: Empty rules offered for filling in, beside those that stand.
BLANKS = 2
MOST_RULES = 100
FORMS: Mapping[str, str] = {
    "dat22": marked("DA/T 22-2015 归档文件"),
    "dat13": marked("DA/T 13-2022 档号编制"),
}
CHANNELS: Mapping[str, str] = {
    Channel.PLAIN: marked("明文 HTTP（不推荐）"),
    Channel.LOOPBACK: marked("本机"),
    Channel.TLS: marked("TLS"),
    Channel.MTLS: marked("TLS，并验证单位证书"),
}
SIGNATURES: Mapping[str, str] = {
    "optional": marked("可以不签名"),
    "required": marked("必须签名"),
}


@dataclass(frozen=True, slots=True)
class RuleForm:
    """One rule's fields as typed. ``number`` tells the fieldsets apart."""

    number: int
    fonds: str = ""
    forms: tuple[str, ...] = ("dat22",)
    categories: str = "WS"
    retentions: str = "Y D30 D10"
    first_year: str = "1949"


def rules_of(agency: Agency) -> tuple[RuleForm, ...]:
    """The fieldsets: one for each rule, then empty ones."""
    shown = [
        RuleForm(
            number,
            rule.fonds,
            rule.forms,
            " ".join(rule.categories),
            " ".join(rule.retentions),
            str(rule.first_year),
        )
        for number, rule in enumerate(agency.rules)
    ]
    return (*shown, *(RuleForm(len(shown) + number) for number in range(BLANKS)))


def agency_of(agency_id: str, form: MultiDict[str, str]) -> Agency:
    """The agency that was typed. Raises BadRequest for what is no such value."""
    try:
        channel = Channel(form.get("channel", Channel.LOOPBACK))
    except ValueError as error:
        raise BadRequest("this channel is not known", "未知的通道") from error
    return Agency(
        id=agency_id,
        name=form.get("name", "").strip(),
        names=lines(form.get("names", "")),
        rules=tuple(_rules(form)),
        signature=form.get("signature", "optional"),
        channel=channel,
        process=tuple(words(one) for one in lines(form.get("process", ""))),
        trusted_signers=tuple(one.lower() for one in lines(form.get("trusted_signers", ""))),
    )


def _rules(form: MultiDict[str, str]) -> Iterator[FilingRule]:
    for number in range(MOST_RULES + BLANKS + 1):
        fonds = form.get(f"fonds-{number}", "").strip()
        if not fonds:
            continue
        year = form.get(f"first_year-{number}", "").strip()
        yield FilingRule(
            fonds=fonds,
            forms=tuple(form.getlist(f"forms-{number}")),
            categories=words(form.get(f"categories-{number}", "")),
            retentions=words(form.get(f"retentions-{number}", "")),
            first_year=int(year) if year.isascii() and year.isdigit() and len(year) < 6 else 0,
        )
