"""CloudTrail records as AWS writes them, made up: shapes, who calls, what they call, and attacks among it."""
