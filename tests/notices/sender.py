"""A process that carries events, to be killed: python -m tests.notices.sender HOME DATABASE_URL.

The archive's own composition, with a lease that runs out soon, so that a test need not
wait long for the next holder.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

from filing.adapters.dispatch import duties
from filing.app.notices import build
from filing.app.site import Site
from filing.config import Settings
from filing.notices.carrying import Patience


def main() -> None:
    duties._LEASE_SECONDS = 1.0
    home, url = sys.argv[1:]
    settings = Settings(home=Path(home), database_url=url, webhook_networks="127.0.0.0/8")
    site = Site(settings)
    patience = Patience(timedelta(seconds=0.1), timedelta(seconds=0.5))
    duty = build(site, patience=patience).duty
    site.duties.add(duties.Duty(duty.name, 0.1, duty.do))
    site.duties.start()
    print("ready", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main()
