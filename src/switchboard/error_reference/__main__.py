"""Print docs/errors.md."""

from __future__ import annotations

import sys

from switchboard.error_reference import every_code
from switchboard.error_reference.page import render

sys.stdout.write(render(every_code()))
