"""What travels to doors, phones and auditors: signed codes, status lists, snapshots, tree heads and their proofs. Pure."""
