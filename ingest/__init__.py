"""ingest keeps an archive of the news: it polls feeds, fetches and cleans every article they announce,
recognises what it has already, and appends the rest to one SQLite file.
"""

import sys

if sys.platform == "win32":  # before an import asks for what Windows lacks
    sys.stderr.write(
        "ingest: it does not run on Windows, which lacks fork and flock; use Linux, macOS or WSL instead\n"
    )
    sys.exit(2)

__version__ = "0.1.0"
