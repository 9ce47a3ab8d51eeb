"""What the command writes: notices, travel advice, campaigns of guidance, contact points."""
