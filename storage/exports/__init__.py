"""Articles in the formats that other programs read: a module a format, one door.

with Reader(path) as archive:
    write_export(archive, "parquet", Path("news.parquet"), Protected(path))
"""

from storage.exports.door import Exported, ExportRefused, write_export
from storage.exports.formats import FORMATS

__all__ = ["FORMATS", "ExportRefused", "Exported", "write_export"]
