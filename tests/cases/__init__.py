"""Cases as data: what rules mean, and which must not load."""
