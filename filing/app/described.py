"""What an archive says of itself: the service document, and its checks."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from filing.adapters import keys
from filing.adapters.packages.schemas import digests
from filing.config import Settings
from filing.ingest.receive import MEDIA_TYPES
from filing.model.limits import Limits
from filing.model.package import Form
from filing.rules.catalogue import Check
from filing.rules.rule_set import RuleSet
from filing.services import ServiceView


def service_view(settings: Settings, rules: RuleSet) -> ServiceView:
    """The service document, without what it says to one agency alone."""
    limits = Limits(max_total_bytes=settings.max_body_bytes)
    return ServiceView(
        name=settings.name,
        origin=settings.origin,
        forms=tuple(one.value for one in Form),
        media_types=MEDIA_TYPES,
        max_body_bytes=settings.max_body_bytes,
        limits={one.name: getattr(limits, one.name) for one in fields(limits)},
        schemas=digests(),
        rule_set={"version": rules.version, "digest": rules.digest},
        suites=keys.suites_in_force(settings),
        digest_algorithms=keys.digest_algorithms(settings),
        fonds=(),
        certificates={},
    )


def checks(rules: RuleSet) -> Iterator[Mapping[str, object]]:
    """The catalogue, for whoever reads it over the interface."""
    return (_described(one) for one in rules.catalogue.checks.values())


def _described(check: Check) -> dict[str, object]:
    return {
        "code": check.code,
        "confirmed": check.confirmed,
        "property": check.property,
        "group": check.group.as_dict(),
        "name": check.name.as_dict(),
        "purpose": check.purpose.as_dict(),
        "object": check.object.as_dict(),
        "basis": check.basis,
        "method": check.method.as_dict(),
        "severity": check.severity,
        "undetermined": check.undetermined,
    }
