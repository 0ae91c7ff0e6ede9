"""A folder with rules, and tests of them, made for a test."""

from __future__ import annotations

import textwrap
from pathlib import Path

from engine.testing.read import load_suite
from engine.testing.run import Bench, Outcome

STOPPED = """
title: Trail Stopped
id: 5b1b6a0e-5f7c-4bb6-9d0e-2f6f3d1f8a11
logsource: {product: aws, service: cloudtrail}
detection:
  call: {eventSource: cloudtrail.amazonaws.com, eventName: [StopLogging, DeleteTrail]}
  failed: {errorCode|exists: true}
  condition: call and not failed
level: high
fields: [actor]
"""
OFTEN = """
title: Denied
name: denied
logsource: {product: aws, service: cloudtrail}
detection:
  call: {errorCode: AccessDenied}
  condition: call
---
title: Denied Often
name: denied_often
correlation:
  type: event_count
  rules: [denied]
  group-by: [userIdentity.userName]
  timespan: 5m
  condition: {gte: 3}
level: medium
"""
BASES = """
bases:
  stop:
    eventSource: cloudtrail.amazonaws.com
    eventName: StopLogging
    userIdentity: {type: IAMUser, arn: "arn:aws:iam::111122223333:user/eve", userName: eve}
  no: {eventName: ListBuckets, errorCode: AccessDenied, userIdentity: {userName: eve}}
"""


class House:
    """Rules under rules/, and the tests that a test writes beside them."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.rules = top / "rules"
        self.rules.mkdir()
        self.write("stopped.yml", STOPPED)
        self.write("often.yml", OFTEN)

    def write(self, name: str, text: str) -> Path:
        path = self.rules / name
        path.write_text(textwrap.dedent(text))
        return path

    def tests(self, rule: str, tests: str, head: str = BASES) -> list[Outcome]:
        """What comes of the tests of a rule; `tests` is the list under "tests"."""
        path = self.write(f"{rule}.test.yml", f"{head}tests:\n{textwrap.indent(textwrap.dedent(tests), '  ')}")
        return list(Bench().run(load_suite(str(path))))

    def wrong(self, rule: str, test: str, head: str = BASES) -> list[str]:
        """All that is wrong with one test, as lines."""
        (outcome,) = self.tests(rule, test, head)
        return [line for one in outcome.wrong for line in (one.what, *one.why)]
