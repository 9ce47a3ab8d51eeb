"""Investigations: a positive becomes exposures, verdicts, measures and tasks, all replayable."""
