"""detect fmt: lay out rules and tests, without changing what they say."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from engine.cli._report import complain, say
from engine.cli._sink import sink
from engine.errors import DetectError, Place, UsageError
from engine.terminal import count, visible

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect fmt rules
  detect fmt rules --check
  detect fmt rules/aws/root.yml --diff
  detect fmt - < rule.yml

\b
Exit status:
  0  done, or nothing to do
  1  with --check or --diff: a file is not laid out so
  2  a file cannot be laid out, and is left as it is; the others are done
"""


@click.command(epilog=_EXAMPLES, short_help="Lay out rules and tests.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Change nothing; name the files that are not laid out so.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], check: bool, diff: bool) -> None:
    """Lay out rules and tests: order of keys, indentation, quotes, line ends.

    PATH is a file or a folder; without one it is ./rules. Comments stay. A file is read again before it is written, and
    is refused if it would not say the very same. Files in folders that hold neither rules nor tests are left alone; -
    is standard input, to standard output.
    """
    changed, status = 0, 0
    for path in _files(paths or ("rules",)):
        try:
            found = _done(path, check, diff)
        except DetectError as error:
            complain(error)
            status = 2
            continue
        changed += found
    if paths != ("-",):
        looked = "to lay out" if check or diff else "laid out"
        say([f"{count(changed)} file{'' if changed == 1 else 's'} {looked}"])
    ctx.exit(status or (1 if changed and (check or diff) else 0))


def _done(path: str, check: bool, diff: bool) -> bool:
    """Lay out one file; whether it was not so already. Raises DetectError, and then the file is as it was."""
    from engine.load.layout import LayoutError, laid_out
    from engine.testing.found import is_test_file

    try:
        with sys.stdin.buffer if path == "-" else open(path, "rb") as stream:
            data = stream.read()
        text = data.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise LayoutError("it is not UTF-8", place=Place(path)) from None
    made = laid_out(text, path, tests=is_test_file(path))
    if diff:
        _show(path, text, made)
    elif check and made != text:
        with sink(None) as out:
            out.write(f"{visible(path)}\n".encode())
    elif not check and (path == "-" or made != text):
        with sink(path) as out:
            out.write(made.encode())
    return made != text


def _show(path: str, text: str, made: str) -> None:
    import difflib

    before, after = text.splitlines(keepends=True), made.splitlines(keepends=True)
    with sink(None) as out:
        for line in difflib.unified_diff(before, after, path, path):
            out.write((line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n").encode())


def _files(paths: tuple[str, ...]) -> Iterator[str]:
    """Files as they are named, and in folders those of rules and tests, in order."""
    for path in paths:
        if path == "-" or os.path.isfile(path):
            yield path
        elif os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(each for each in folders if not each.startswith("."))
                found = [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yml", ".yaml"))]
                yield from filter(_ours, found)
        else:
            raise UsageError(f"{path}: no such file or folder")


def _ours(path: str) -> bool:
    from engine.load.layout import is_laid_out
    from engine.testing.found import is_test_file

    try:
        with open(path, encoding="utf-8") as stream:
            return is_laid_out(stream.read(), tests=is_test_file(path))
    except (OSError, UnicodeDecodeError):
        return True
