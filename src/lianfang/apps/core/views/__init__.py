"""Pages of the core: sessions, accounts, the audit trail, and the operators' health checks."""
