class ExportRefused(Exception):
    """`str()` is a sentence: why there is no export, and what to do."""
