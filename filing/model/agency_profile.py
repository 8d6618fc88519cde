"""An agency as plain values, as it is kept and compared; and back."""

from collections.abc import Mapping
from typing import Any  # what JSON holds is checked by building the value

from filing.model.agency import Agency, Channel, FilingRule


def profile(agency: Agency) -> dict[str, object]:
    """What it may file and how; without id and name."""
    return {
        "names": list(agency.names),
        "rules": [
            {
                "fonds": one.fonds,
                "forms": list(one.forms),
                "categories": list(one.categories),
                "retentions": list(one.retentions),
                "first_year": one.first_year,
            }
            for one in agency.rules
        ],
        "signature": agency.signature,
        "channel": Channel(agency.channel).value,
        "process": [list(group) for group in agency.process],
        "trusted_signers": list(agency.trusted_signers),
    }


def agency_of(agency_id: str, name: str, given: Mapping[str, Any]) -> Agency:  # Any: JSON
    """The agency a profile describes. Raises KeyError, TypeError, ValueError if it is none."""
    return Agency(
        id=agency_id,
        name=name,
        names=tuple(given["names"]),
        rules=tuple(
            FilingRule(
                fonds=one["fonds"],
                forms=tuple(one["forms"]),
                categories=tuple(one["categories"]),
                retentions=tuple(one["retentions"]),
                first_year=int(one["first_year"]),
            )
            for one in given["rules"]
        ),
        signature=given["signature"],
        channel=Channel(given["channel"]),
        process=tuple(tuple(group) for group in given["process"]),
        trusted_signers=tuple(given["trusted_signers"]),
    )
