"""The door to sqlite-utils.

It imports pandas where that is installed, to recognise its types: half a second and 210 MB of address space, more than
a worker may add, for rows that we never give it.
"""

import sys

_without_pandas = "pandas" not in sys.modules
if _without_pandas:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # an import then fails, which sqlite-utils expects
try:
    from sqlite_utils import Database, Migrations
finally:
    if _without_pandas:
        del sys.modules["pandas"]

__all__ = ["Database", "Migrations"]
