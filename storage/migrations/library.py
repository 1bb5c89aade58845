"""The door to sqlite-utils.

It imports pandas and numpy where they are installed, to recognise their types in rows that we never give it. pandas
takes half a second and 210 MB of address space, more than a worker may add; numpy takes a tenth of a start and 12 MB.
"""

import sys

_hidden = [name for name in ("pandas", "numpy") if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # an import then fails, which sqlite-utils expects
try:
    from sqlite_utils import Database, Migrations
finally:
    for _name in _hidden:
        del sys.modules[_name]

__all__ = ["Database", "Migrations"]
