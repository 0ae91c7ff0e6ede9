"""Windows events, whatever collected them: their kind in Sigma's words, and their fields under the names of rules."""
