"""Who may use whom: the contracts of setup.cfg hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_hold():
    command = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "0 broken" in told.stdout
