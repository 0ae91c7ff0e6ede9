"""Alerts: what is worth telling of detections and episodes, to whom, and how it gets there."""
