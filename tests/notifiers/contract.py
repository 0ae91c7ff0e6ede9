"""What every notifier keeps to, as tests that a test file takes over by making a class of `NotifierContract`.

    class TestPager(NotifierContract):
        kind = "pager"
        wrong = (({"key": "short"}, "key: 32 characters"),)

        @contextmanager
        def played(self) -> Iterator[Played]: ...

`played` plays the destination: a real server on loopback that takes what the real one takes and nothing else.
"""

from __future__ import annotations

import inspect
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, NamedTuple

import pytest

from engine.alert import Delivered, Refused, Retry
from engine.alerts.samples import samples
from engine.destination import size
from engine.dialects import DIALECTS
from engine.errors import Place
from engine.notifiers import default_template, notifier
from engine.runners.destinations import Wanted, ready, templates
from tests.notifiers.made import HOSTILE, destination, hostile, huge, message, options

__all__ = ["NotifierContract", "Played"]


class Played(NamedTuple):
    """A destination that is played.

    options   with which the notifier reaches it
    received  gives what arrived so far, one thing a message
    busy      makes it answer "not now, ask again in 7 seconds" once; False where it has no way to say how long
    refuse    makes it answer "never" once
    hang      makes it not answer the next time; None where nothing is waited for
    texts     gives all texts that a person would read of one thing received, as that person's program reads them
    key       gives by what a thing received is known as the same message, or the same alert
    """

    options: dict[str, Any]
    received: Callable[[], Sequence[Any]]
    busy: Callable[[], bool]
    refuse: Callable[[], None] | None
    hang: Callable[[], None] | None
    texts: Callable[[Any], Sequence[str]]
    key: Callable[[Any], str]


class NotifierContract(ABC):
    """The tests. `secret` is what the environment variable NOTIFIER_SECRET holds while they run."""

    kind: ClassVar[str]
    wrong: ClassVar[Sequence[tuple[dict[str, Any], str]]] = ()
    """Options that are wrong, put over those that work, and how the fault begins."""

    secret = "a-secret-of-32-characters-0123456"

    @abstractmethod
    def played(self) -> AbstractContextManager[Played]:
        """The destination."""

    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NOTIFIER_SECRET", self.secret)

    def test_its_docstring_tells_of_every_option(self):
        cls = notifier(self.kind)
        told = " ".join(filter(None, (inspect.getdoc(one) for one in cls.__mro__)))
        assert [name for name in cls.__struct_encode_fields__ if name not in told] == []

    def test_what_it_declares_can_be_used(self):
        cls = notifier(self.kind)
        for name, part in cls.parts.items():
            assert part.dialect in DIALECTS
            assert part.optional or default_template(self.kind, name)
        assert all(rate.calls > 0 and rate.seconds > 0 for rate in cls.rates)

    def test_its_own_templates_have_no_fault(self):
        with self.played() as played:
            wanted = Wanted("it", self.kind, options(self.kind, **played.options), Place("detect.yml"))
            faults: list[Any] = []
            for one in samples():
                ready(wanted, templates(wanted, None), one, faults.append)
            assert faults == []

    def test_wrong_options_are_refused_by_name(self):
        with self.played() as played:
            for given, fault in ({"no_such_option": 1}, 'unknown key "no_such_option"'), *self.wrong:
                with pytest.raises(ValueError) as caught:
                    options(self.kind, **{**played.options, **given})
                assert fault in str(caught.value), given

    def test_every_kind_of_message_is_delivered(self):
        with self.played() as played:
            made = options(self.kind, **played.options)
            send = destination(self.kind, made).send
            handle = None
            for number, action in enumerate(("trigger", "trigger", "update", "acknowledge", "resolve")):
                if action not in made.actions:
                    continue
                given = message(id=f"m{number}", action=action, sequence=number, handle=handle)
                outcome = send(given)
                assert isinstance(outcome, Delivered), (action, outcome)
                handle = outcome.handle or handle
            for one in samples():
                assert isinstance(send(one._replace(action="trigger", handle=None)), Delivered)
            assert played.received()

    def test_what_is_not_now_is_retried_and_what_is_never_is_not(self):
        with self.played() as played:
            send = destination(self.kind, options(self.kind, **played.options)).send
            told = played.busy()
            outcome = send(message())
            assert isinstance(outcome, Retry)
            assert not told or outcome.after == 7
            if played.refuse:
                played.refuse()
                assert isinstance(send(message()), Refused)
            assert isinstance(send(message()), Delivered)

    def test_one_that_does_not_answer_is_given_up_in_time(self):
        with self.played() as played:
            if played.hang is None:
                pytest.skip("nothing is waited for")
            played.hang()
            send = destination(self.kind, options(self.kind, **played.options, timeout="1s")).send
            assert isinstance(send(message()), Retry)

    def test_the_same_message_twice_is_known_as_the_same(self):
        with self.played() as played:
            send = destination(self.kind, options(self.kind, **played.options)).send
            assert isinstance(send(message()), Delivered)
            assert isinstance(send(message()), Delivered)
            assert len({played.key(one) for one in played.received()}) == 1
            assert isinstance(send(message(id="message-2", thread="thread-2")), Delivered)
            assert len({played.key(one) for one in played.received()}) == 2

    def test_nothing_fails_for_its_size_and_what_is_cut_says_so(self):
        with self.played() as played:
            made = options(self.kind, **played.options)
            wanted = Wanted("it", self.kind, made, Place("detect.yml"))
            given = ready(wanted, templates(wanted, None), huge(), pytest.fail)
            for name, part in made.parts.items():
                text = given.parts.get(name, "")
                assert not part.longest or size(text, part.unit) <= part.longest
            assert isinstance(destination(self.kind, made).send(huge()), Delivered)

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_what_a_log_holds_is_shown_as_text(self, text: str):
        with self.played() as played:
            send = destination(self.kind, options(self.kind, **played.options)).send
            assert isinstance(send(hostile(text)), Delivered)
            for seen in played.texts(played.received()[-1]):
                assert [char for char in seen if not char.isprintable() and char not in "\n\u200b"] == []
                assert "7 * 7" in seen or "49" not in seen.replace(text, "")

    def test_no_secret_is_shown(self):
        with self.played() as played:
            made = options(self.kind, **played.options)
            send = destination(self.kind, made).send
            assert self.secret not in repr(made)
            assert self.secret.encode() not in pickle.dumps(made)
            for prepare in (played.busy, played.refuse):
                if prepare:
                    prepare()
                    outcome = send(message())
                    assert isinstance(outcome, (Retry, Refused))
                    assert self.secret not in outcome.reason
                    assert outcome.reason.isprintable()

    def test_a_secret_that_is_not_there_is_no_reason_to_lose_the_message(self, monkeypatch: pytest.MonkeyPatch):
        with self.played() as played:
            made = options(self.kind, **played.options)
            if "NOTIFIER_SECRET" not in repr(made):
                pytest.skip("it has no secret")
            monkeypatch.delenv("NOTIFIER_SECRET")
            outcome = destination(self.kind, made).send(message())
            assert isinstance(outcome, Retry)
            assert "NOTIFIER_SECRET" in outcome.reason

    def test_whatever_the_notifier_raises_is_an_outcome(self):
        with self.played() as played:
            made = options(self.kind, **played.options)
            assert isinstance(made.send(message(parts=None, alerts=None)), (Retry, Refused, Delivered))
