"""Work under a lease: renewed while it is asked for, and given up for good once it was lost."""

import time
from collections.abc import Callable


def holding(take: Callable[[], bool], renew_seconds: float) -> Callable[[], bool]:
    """Whether what was taken a moment ago is still ours.

    take            renews it; False when another has it
    renew_seconds   how long it is believed without asking

    What was not ours once stays so: what another did meanwhile is not known here.
    """
    ours, taken = True, time.monotonic()

    def still_ours() -> bool:
        nonlocal ours, taken
        if ours and time.monotonic() - taken > renew_seconds:
            ours = take()
            taken = time.monotonic()
        return ours

    return still_ours
