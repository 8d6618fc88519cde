"""``filing agency``: who may file, and how each is known."""

from datetime import datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from filing.administration.tokens import last_day_of
from filing.cli.output import Output
from filing.errors import BadRequest
from filing.model.agency import Agency, Channel, FilingRule
from filing.services import CredentialView


@click.group()
def agency() -> None:
    """Agencies and their credentials. 立档单位及其凭证"""


@agency.command()
@click.argument("agency_id")
@click.argument("name")
@click.option("--fonds", multiple=True, required=True, help="全宗号 it files under")
@click.option("--also", multiple=True, help="Another name it files under. 曾用名")
@click.option("--category", multiple=True, default=("WS",), help="档案门类代码", show_default=True)
@click.option(
    "--form",
    "forms",
    multiple=True,
    type=click.Choice(("dat13", "dat22")),
    default=("dat13", "dat22"),
    help="Forms of its 档号",
    show_default=True,
)
@click.option("--first-year", default=1949, show_default=True, help="Earliest 年度")
@click.option(
    "--signature",
    type=click.Choice(("optional", "required")),
    default="optional",
    show_default=True,
    help="Whether its EEPs must be signed",
)
@click.option(
    "--channel",
    type=click.Choice([one.value for one in Channel if one is not Channel.OFFLINE]),
    default=Channel.LOOPBACK.value,
    show_default=True,
    help="The weakest channel it may use",
)
@click.pass_obj
def add(
    output: Output,
    agency_id: str,
    name: str,
    fonds: tuple[str, ...],
    also: tuple[str, ...],
    category: tuple[str, ...],
    forms: tuple[str, ...],
    first_year: int,
    signature: str,
    channel: str,
) -> None:
    """Add an agency. 登记立档单位"""
    rules = tuple(FilingRule(one, forms, category, first_year=first_year) for one in fonds)
    output.operations().add_agency(
        Agency(
            id=agency_id,
            name=name,
            names=(name, *also),
            rules=rules,
            signature=signature,
            channel=Channel(channel),
        )
    )
    output.say({"agency": agency_id}, f"{agency_id}  {name}  全宗 {'、'.join(fonds)}")


@agency.command()
@click.argument("agency_id")
@click.option("--label", default="", help="What the token is for")
@click.option(
    "--last-day",
    type=click.DateTime(("%Y-%m-%d",)),
    help="The last day it is good for (UTC+8); without, it has no end. 最后有效日",
)
@click.pass_obj
def token(output: Output, agency_id: str, label: str, last_day: datetime | None) -> None:
    """Issue a token; it is shown this once. 签发令牌（只显示一次）"""
    value = output.operations().add_token(agency_id, label, last_day and last_day.date())
    output.say({"agency": agency_id, "token": value}, value)


@agency.command()
@click.argument("agency_id")
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", default="", help="What the certificate is for")
@click.pass_obj
def cert(output: Output, agency_id: str, certificate: Path, label: str) -> None:
    """Let an agency be known by its client certificate (mTLS). 登记客户端证书"""
    content = certificate.read_bytes()
    try:
        der = x509.load_pem_x509_certificate(content).public_bytes(Encoding.DER)
    except ValueError:
        der = content
        try:
            x509.load_der_x509_certificate(content)
        except ValueError as error:
            raise BadRequest(
                f"{certificate} is no certificate", f"{certificate} 不是证书"
            ) from error
    fingerprint = output.operations().add_certificate(agency_id, der, label)
    output.say({"agency": agency_id, "fingerprint": fingerprint}, f"SHA-256 {fingerprint}")


@agency.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """Every agency. 立档单位一览"""
    found = output.operations().agencies()
    output.say(
        {
            "agencies": [
                {
                    "id": one.id,
                    "name": one.name,
                    "fonds": list(one.fonds),
                    "signature": one.signature,
                    "channel": one.channel,
                }
                for one in found
            ]
        },
        "\n".join(f"{one.id:20} {','.join(one.fonds):12} {one.name}" for one in found),
    )


@agency.command()
@click.argument("agency_id")
@click.pass_obj
def credentials(output: Output, agency_id: str) -> None:
    """Tokens and certificates of an agency, by fingerprint. 凭证一览"""
    found = output.operations().credentials(agency_id)
    output.say({"credentials": [_shown(one) for one in found]}, "\n".join(map(_line, found)))


@agency.command()
@click.pass_obj
def ending(output: Output) -> None:
    """Tokens of every agency that end within 30 days. 即将到期的令牌"""
    found = output.operations().ending()
    lines = [f"{one.agency_id:20} {_line(one)}" for one in found]
    output.say({"credentials": [_shown(one) for one in found]}, "\n".join(lines))


@agency.command()
@click.argument("fingerprint")
@click.pass_obj
def revoke(output: Output, fingerprint: str) -> None:
    """Revoke a token or certificate for good; the first characters will do. 吊销凭证"""
    revoked = output.operations().revoke(fingerprint)
    output.say(_shown(revoked), _line(revoked))


def _shown(one: CredentialView) -> dict[str, object]:
    return {
        "fingerprint": one.fingerprint,
        "kind": one.kind,
        "agency": one.agency_id,
        "label": one.label,
        "created_at": one.created_at.isoformat(),
        "revoked_at": one.revoked_at and one.revoked_at.isoformat(),
        "expires_at": one.expires_at and one.expires_at.isoformat(),
        "expired": one.expired,
    }


def _line(one: CredentialView) -> str:
    day = f"{one.created_at:%Y-%m-%d}"
    return f"{one.fingerprint[:16]}  {one.kind:11}  {day}  {_state(one)}  {one.label}"


def _state(one: CredentialView) -> str:
    if one.revoked_at:
        return f"已吊销 revoked {one.revoked_at:%Y-%m-%d}"
    if one.expires_at is None:
        return "有效 in force"
    last = last_day_of(one.expires_at)
    return f"已到期 expired {last}" if one.expired else f"有效至 in force until {last}"
