"""HTML to PDF, in a process of its own: its memory is given back, its time has an end.

Fonts are embedded; the profile is PDF/A-2b, not validated. Nothing is fetched: the page
must hold everything. Run as a module it reads HTML from standard input and writes the PDF
to standard output.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

from filing.errors import OutsideUnavailable

_SECONDS = 120
_BYTES = 3 << 30


def make(page: str, path: Path) -> None:
    """Write the page as a PDF. Raises OutsideUnavailable when that cannot be done."""
    command = [sys.executable, "-m", "filing.adapters.reports.pdf"]
    root = str(Path(__file__).resolve().parents[3])
    try:
        with path.open("wb") as stream:
            done = subprocess.run(
                command,
                input=page.encode(),
                stdout=stream,
                stderr=subprocess.PIPE,
                timeout=_SECONDS,
                cwd=root,
                env={**os.environ, "PYTHONPATH": root},
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutsideUnavailable(f"the PDF was not made: {error}", "未能生成 PDF") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise OutsideUnavailable(
            f"the PDF was not made: {said[-1][:300] if said else done.returncode}", "未能生成 PDF"
        )


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    # Here, not above: whoever writes no PDF does not load it.
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=())
    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=nothing)
    sys.stdout.buffer.write(page.write_pdf(pdf_variant="pdf/a-2b"))


if __name__ == "__main__":
    _main()
