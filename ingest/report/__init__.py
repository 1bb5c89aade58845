"""What an archive is told by: its state, figures of a period, plots of them, and the report in one file."""
