"""What every app shares: accounts, subjects, the evidence log, verdicts, measures, tasks, audit, outbox."""
