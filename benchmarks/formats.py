"""What looking into one content file of 200 KB costs: median of many looks."""

import statistics
import time
from collections.abc import Callable

from examples.ofd import make_ofd
from examples.pdf import make_pdf
from filing.adapters.formats import inspect
from filing.model.package import Content

_SIZE_BYTES = 200_000


def median_ms(work: Callable[[], object], times: int) -> float:
    """Milliseconds ``work`` takes, the middle of ``times`` runs after one to warm up."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def main() -> None:
    """Print one line per format."""
    lines = ("正本　样例发〔2026〕1号",) * 20
    made = {
        "OFD": make_ofd("样例", lines, size_bytes=_SIZE_BYTES),
        "PDF": make_pdf("样例", lines, size_bytes=_SIZE_BYTES),
    }
    for name, body in made.items():
        content = Content(name, len(body), (), body)
        taken = median_ms(lambda content=content: inspect(content), 300)  # type: ignore[misc]  # bound now
        print(f"look into {len(body) / 1000:.0f} KB of {name:4} {taken:8.3f} ms")
    print()
