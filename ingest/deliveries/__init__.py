"""What leaves the archive by itself: events for hooks, and alerts of what a person should know."""
