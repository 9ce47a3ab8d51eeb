"""Daily follow-up of people under a measure: temperature, symptoms, visits, transfers, and today's list."""
