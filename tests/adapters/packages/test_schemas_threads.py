"""The first packages of a process may arrive together."""

import subprocess
import sys

PROGRAM = """
import os, threading
from filing.adapters.packages import schemas

def first(failures, ready):
    ready.wait()
    try:
        schemas.schema("eep-2009.xsd")
    except Exception as error:
        failures.append(error)

source = schemas._source("eep-2009.xsd")
schemas._source = lambda name: source
for _ in range(80):
    if not os.fork():
        failures, ready = [], threading.Barrier(4)
        some = [threading.Thread(target=first, args=(failures, ready)) for _ in range(4)]
        for one in some:
            one.start()
        for one in some:
            one.join()
        os._exit(1 if failures else 0)
    if os.wait()[1]:
        raise SystemExit("a schema did not compile")
"""


def test_threads_that_need_a_schema_first_all_get_it():
    """libxml2 sets its own types up with the first schema, in one process only once."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
