"""`make bench`: everything in one run, side by side with what a user would pick instead, as RESULTS.md and RESULTS.json."""
