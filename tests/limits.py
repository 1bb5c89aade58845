"""Limits that a command is started with: `preexec_fn` of `Folder.start`, for forked commands too."""

import resource


def little_room() -> None:
    """Let no file grow beyond what shared memory takes: it is too little for a log."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (32768,) * 2)


def few_files() -> None:
    """Permit 20 open files, and as many as before to those who ask."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
