"""Bad samples: one fault each, named by the check code it must trigger.

Every code a delivery can make fail has at least one; CANNOT_FAIL says of the others why
no package can show them. The base is an unsigned package, except where the fault is in
a signature.
"""

from collections.abc import Iterator
from dataclasses import replace

from examples.bad import authenticity, integrity, safety, usability
from examples.bad.plan import Fault
from examples.bad.safety import MARKER
from examples.documents import agency, official
from examples.sample import Sample

__all__ = ["CANNOT_FAIL", "FAULTS", "MARKER", "Fault", "bad", "sample"]

FAULTS: tuple[Fault, ...] = (
    authenticity.FAULTS + integrity.FAULTS + usability.FAULTS + safety.FAULTS
)
#: Checks that no delivery over a network can make fail.
CANNOT_FAIL = {
    "GD-1-9": "名称未核实，不检测",
    "GD-3-2": "入库之后才检测",
    "GD-3-5": "名称和次序未核实，不检测",
    "GD-3-6": "名称和次序未核实，不检测",
    "GD-3-7": "名称和次序未核实，不检测",
    "GD-4-1": "取决于档案馆的病毒扫描服务，与包无关",
    "GD-4-4": "在线归档没有载体",
    "GD-4-5": "在线归档没有载体",
    "GD-4-6": "在线归档没有载体",
}
#: Each fault has documents of its own from here on, so that no two samples collide.
_FIRST_NUMBER = 2000


def sample(fault: Fault, seed: int = 1) -> Sample:
    """The delivery that shows ``fault`` and nothing else."""
    number = _FIRST_NUMBER + FAULTS.index(fault)
    document = official(number, seed, agency(fault.agency), annexes=1, sent=True, retention="Y")
    made = fault.make(document)
    name = f"{fault.code}_{fault.slug}"
    return replace(
        made,
        name=name,
        code=fault.code,
        reason=fault.reason,
        place=fault.place,
        codes=frozenset((fault.code, *fault.also)),
        before=tuple(
            replace(make(document), name=f"{name}_before_{at}")
            for at, make in enumerate(fault.before, start=1)
        ),
    )


def bad(seed: int = 1) -> Iterator[Sample]:
    """Yield every bad sample, in the order of FAULTS."""
    return (sample(fault, seed) for fault in FAULTS)
