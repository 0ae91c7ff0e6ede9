"""The same scan again and again: when, what came of it, and how the service is."""

from engine.service.health import Health, HealthServer
from engine.service.history import Scanned, latest, wish, wished, withdraw
from engine.service.schedule import Schedule
from engine.service.serving import Done, Service

__all__ = [
    "Done", "Health", "HealthServer", "Scanned", "Schedule", "Service", "latest", "wish", "wished", "withdraw",
]  # fmt: skip
