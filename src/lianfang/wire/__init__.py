"""What travels to doors, phones and auditors: tree heads now, signed codes later. Pure."""
