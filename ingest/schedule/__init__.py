"""When feeds are polled, and when entries are retried and rechecked (pure)."""
