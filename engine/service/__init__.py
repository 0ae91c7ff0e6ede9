"""The same scan again and again: when, what came of it, and how the service is."""

from engine.service.answers import Answers
from engine.service.contents import Contents, contents
from engine.service.counted import Fired
from engine.service.follow import Follower
from engine.service.gaps import Gap, Hours, ends, note
from engine.service.health import Health, HealthServer
from engine.service.heartbeat import Heartbeat, beat_of
from engine.service.history import Scanned, latest, wish, wished, withdraw
from engine.service.measured import groups
from engine.service.schedule import Schedule
from engine.service.serving import Done, Service
from engine.service.soundness import Wrong, check

__all__ = [
    "Answers", "Contents", "Done", "Fired", "Follower", "Gap", "Health", "HealthServer", "Heartbeat", "Hours",
    "Scanned", "Schedule", "Service", "Wrong", "beat_of", "check", "contents", "ends", "groups", "latest", "note",
    "wish", "wished", "withdraw",
]  # fmt: skip
