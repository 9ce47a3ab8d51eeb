"""Lists of people from elsewhere: stored as they came, compared with the register, reviewed, followed up."""
