"""detect notify: what there is, what it would send, and whether it arrives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from tests.notifiers.server import Answer, serving

CONFIG = """\
notifiers:
  pager:
    type: webhook
    url: URL/hook
    allow: [127.0.0.1]
    bearer: {env: PAGER_TOKEN}
    templates: {body: '{"text": "{{ alert.title }}"}'}
  out: {type: file, path: alerts.ndjson}
templates: mine
routes:
  - to: [out]
"""


def configured(folder: Path, url: str = "http://127.0.0.1:9", **files: str) -> list[str]:
    (folder / "mine").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / "mine" / f"{name.replace('__', '/')}.j2"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "detect.yml").write_text(CONFIG.replace("URL", url), "utf-8")
    return ["-c", str(folder / "detect.yml")]


def ran(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["notify", *words])
    said = capfd.readouterr()
    return status, said.out, said.err


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER_TOKEN", "a-very-secret-token")


def test_a_test_message_arrives_and_says_it_is_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with serving() as server:
        status, out, _ = ran(capfd, "test", "--resolve", *configured(tmp_path, server.url))
    assert (status, out.splitlines()) == (0, [
        "pager (webhook): trigger was delivered", "pager (webhook): resolve was delivered",
        "out (file): trigger was delivered", "out (file): resolve was delivered",
    ])  # fmt: skip
    assert server.requests[0].json == {"text": "Test of pager: nothing has happened"}
    first, last = map(json.loads, (tmp_path / "alerts.ndjson").read_text().splitlines())
    assert (first["action"], last["action"], first["thread"] == last["thread"]) == ("trigger", "resolve", True)


def test_one_that_fails_is_said_and_the_others_are_tried(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with serving(lambda _: Answer(403, b"a-very-secret-token is wrong\x1b[2J")) as server:
        status, out, _ = ran(capfd, "test", *configured(tmp_path, server.url))
    assert status == 3
    assert out.splitlines() == [
        r"pager (webhook): trigger was not delivered: it answered 403: *** is wrong\x1b[2J",
        "out (file): trigger was delivered",
    ]


def test_render_only_shows_what_would_be_sent_and_sends_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with serving() as server:
        status, out, err = ran(capfd, "test", "pager", "--render-only", *configured(tmp_path, server.url))
    assert (status, err, server.requests) == (0, "", [])
    assert "== pager (webhook), trigger ==\n-- body\n" in out
    assert '{"text": "Access key made for another user"}' in out
    assert "\x1b" not in out


def test_a_template_of_the_folder_is_for_a_name_a_type_or_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    given = configured(tmp_path, out__line='{"by": "name"}', file__line='{"by": "type"}', line='{"by": "all"}')
    for expected in ("name", "type", "all"):
        assert f'"by": "{expected}"' in ran(capfd, "test", "out", "--render-only", *given)[1]
        path = {"name": "out/line.j2", "type": "file/line.j2", "all": "line.j2"}[expected]
        (tmp_path / "mine" / path).unlink()
    assert "the whole message as JSON" in ran(capfd, "test", "out", "--render-only", *given)[1]


def test_a_fault_in_a_template_is_found_before_anything_is_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    status, out, err = ran(capfd, "test", *configured(tmp_path, out__line='{\n"a": {{ alert.titel }}}'))
    assert (status, out) == (2, "")
    assert f"{tmp_path / 'mine' / 'out' / 'line.j2'}:2: " in err
    assert "titel" in err


def test_a_name_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    status, _, err = ran(capfd, "test", "pagr", *configured(tmp_path))
    assert status == 2
    assert 'there is no notifier "pagr"' in err
    assert 'did you mean "pager"?' in err


def test_the_types_are_listed_each_with_its_page(capfd: pytest.CaptureFixture[str]):
    status, out, _ = ran(capfd, "list")
    assert (status, {"email", "file", "webhook"} <= set(out.split())) == (0, True)
    for kind in out.split():
        page = ran(capfd, "list", kind)[1]
        assert "templates" in page
        assert "Traceback" not in page
    assert ran(capfd, "list", "nothing")[0] == 2
