"""Ask the few tests that fell in the last run once more, alone: ``python tools/again.py``.

What falls alone as well is a fault, and the run has failed. What passes alone fell because of what ran beside it: that
is a race in the test or in what it tests, to be mended, so it is named as UNSTEADY on the last lines; but one race
among thousands of tests does not hide what all the others say. More than ``MOST`` are no accident, and fail the run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

#: So many tests at most are asked again.
MOST: Final = 3
_FELL: Final = Path(".pytest_cache/v/cache/lastfailed")


def main() -> int:
    """Run them; return the exit code."""
    try:
        fell = sorted(json.loads(_FELL.read_text("utf-8")))
    except (OSError, ValueError):
        return 1
    if not 0 < len(fell) <= MOST or not all("::" in name for name in fell):
        return 1
    print(f"\nasking {len(fell)} of the tests once more, alone: {', '.join(fell)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "pytest", "-n0", *fell], check=False).returncode
    if code == 0:
        for name in fell:
            print(f"UNSTEADY: {name} fell beside the others and passes alone: a race, to be mended", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
