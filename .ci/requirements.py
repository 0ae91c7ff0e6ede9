"""Print what to install to test with one major version of pySigma, one requirement a line without spaces.

sigma-cli holds pySigma at 1.x, so with 2.x it stays out; nothing in engine/ imports it.
"""

import argparse
import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def requirements(pysigma: int) -> list[str]:
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *_extra("test", project)]
    others = [text for text in wanted if re.match(r"[\w.-]+", text)[0] not in {"pysigma", "sigma-cli"}]
    return [f"pysigma=={pysigma}.*", *(["sigma-cli"] if pysigma < 2 else []), *others]


def _extra(name: str, project: dict) -> list[str]:
    """What an extra asks for, with what it takes of other extras of ours put in."""
    wanted: list[str] = []
    for text in project["optional-dependencies"][name]:
        ours = re.fullmatch(rf"{re.escape(project['name'])}\[([\w,-]+)\]", text)
        wanted += [each for extra in ours[1].split(",") for each in _extra(extra, project)] if ours else [text]
    return wanted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pysigma", type=int, required=True, help="major version")
    print("\n".join(text.replace(" ", "") for text in requirements(parser.parse_args().pysigma)))
