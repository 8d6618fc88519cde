"""Rehearsals: what a change would do, asked by whoever may make it, before it is made."""

from dataclasses import dataclass

from filing.administration.agencies import AgencyDesk
from filing.administration.replay import Replay
from filing.administration.tunings import RulesDesk, TunedWay
from filing.model.administration import Rehearsal
from filing.model.agency import Agency
from filing.model.people import Person
from filing.model.tuning import Scope, Tuning


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """The use cases. Each judges the change first, as making it would."""

    agencies: AgencyDesk
    rules: RulesDesk
    replay: Replay

    def of_tuning(self, by: Person, scope: Scope, tuning: Tuning) -> Rehearsal:
        """A tuning on recent deliveries of its agency, or of all. Raises OutsideUnavailable."""
        self.rules.judged(by, scope, tuning)
        return self.replay(scope.agency_id, TunedWay(self.rules, scope, tuning))

    def of_agency(self, by: Person, agency: Agency) -> Rehearsal:
        """A changed profile on the agency's recent deliveries."""
        self.agencies.judged(by, agency)
        return self.replay(agency.id, self.rules.in_force, lambda _: agency)
