"""What administrators may ask for: agencies, rules, words of notices, and their versions."""

from dataclasses import dataclass

from filing.administration.agencies import AgencyDesk
from filing.administration.history import History
from filing.administration.rehearsals import Rehearsals
from filing.administration.texts import TextDesk
from filing.administration.tunings import RulesDesk


@dataclass(frozen=True, slots=True)
class Administration:
    """The use cases; each names the permission it needs and asks for it itself."""

    agencies: AgencyDesk
    rules: RulesDesk
    texts: TextDesk
    history: History
    rehearsals: Rehearsals
