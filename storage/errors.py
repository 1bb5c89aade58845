"""What can go wrong with an archive file: one class for each cause."""


class ArchiveError(Exception):
    """Base of the archive's errors. `str()` of one names the file, the cause and the remedy."""


class ArchiveLocked(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveMissing(ArchiveError):
    """There is no archive at the path yet."""


class ArchiveDamaged(ArchiveError):
    """The file is damaged, or not an archive."""


class ArchiveTooNew(ArchiveError):
    """The schema is of a later version of the program."""


class ArchiveGone(ArchiveError):
    """The name no longer leads to the file that is being written."""


class ArchiveOverwritten(ArchiveError):
    """Another program, or a restore, has written over the file."""


class ArchiveUnwritable(ArchiveError):
    """The file is read-only, has no folder, has several names, or its disk is full or failing."""
