"""Bugs in configuration: what is read, refused, hidden, and which of several sayings counts."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

READ = "engine/options/read.py"
KINDS = "engine/options/kinds.py"
WORDS = "engine/options/words.py"
DESCRIBED = "engine/options/described.py"
FAULTS = "engine/options/faults.py"
ENVIRONMENT = "engine/config/environment.py"
LOAD = "engine/config/load.py"
ORIGINS = "engine/config/origins.py"
CHECK = "engine/config/check.py"
SHOW = "engine/config/show.py"
SCHEMA = "engine/config/schema.py"
START = "engine/config/start/__init__.py"
FILLED = "engine/cli/_filled.py"
CONFIG = "engine/cli/_config.py"

BUGS = [
    Bug("an unknown key is passed over", READ, "            if name not in fields:\n", "            if False:\n"),
    Bug("null is a value", READ, "            if said.get(name) is not None:\n", "            if name in said:\n"),
    Bug(
        "only the first option that is wrong is said",
        READ,
        "                if name is None or name not in values or name in self.required:\n",
        "                if True:\n",
    ),
    Bug(
        "what follows from another fault is said too",
        READ,
        'if not any(re.search(rf"\\b{re.escape(one)}\\b", fault) for one in gone):',
        "if True:",
    ),
    Bug(
        "the whole list is blamed for one member",
        READ,
        "        parts = list(self._alone(name, values))\n",
        "        parts: list[tuple[Key, str]] = []\n",
    ),
    Bug(
        "what stands in place of a secret is shown",
        READ,
        "        if any(map(is_secret, kinds)):\n            return",
        "        if False:\n            return",
    ),
    Bug(
        "a secret may be anything",
        READ,
        "        if kind.cls is Secret and not _names_a_secret(said):\n",
        "        if False:\n",
    ),
    Bug(
        "paths count from where one stands",
        READ,
        "return os.path.normpath(os.path.join(folder, path))",
        "return os.path.normpath(path)",
    ),
    Bug(
        "standard input is a file",
        READ,
        'if path == "-" or not path or "://" in path:',
        'if not path or "://" in path:',
    ),
    Bug("an address is a path", READ, 'if path == "-" or not path or "://" in path:', 'if path == "-" or not path:'),
    Bug("true is a number", KINDS, "    if isinstance(said, bool) or said is None:\n", "    if said is None:\n"),
    Bug("a least value is not held", KINDS, '(kind.ge, operator.ge, "at least")', '(None, operator.ge, "at least")'),
    Bug(
        "a text need not match its pattern",
        KINDS,
        "if kind.pattern is not None and not re.search(kind.pattern, said):",
        "if False:",
    ),
    Bug("a week has five days", WORDS, '"w": 604_800', '"w": 432_000'),
    Bug(
        "sizes are by powers of 1000",
        WORDS,
        '<< 10 * " kmgt".index(found[2].lower() or " ")',
        '* 1000 ** " kmgt".index(found[2].lower() or " ")',
    ),
    Bug("faults come as they were found", FAULTS, "tuple(sorted(found, key=_order))", "tuple(found)"),
    Bug(
        "a line that goes on is lost from a description",
        DESCRIBED,
        '        elif names and line.startswith(" "):\n',
        "        elif False:\n",
    ),
    Bug(
        "options of the class above are not described",
        DESCRIBED,
        "    return own._replace(options=options)\n",
        "    return own\n",
    ),
    Bug(
        "a variable makes a key of its own beside one with a hyphen",
        ENVIRONMENT,
        '    wanted = word.lower().replace("-", "_")\n',
        "    wanted = word.lower()\n    known = {key: 0 for key in known if '-' not in key}\n",
    ),
    Bug("no member can be added by a variable", ENVIRONMENT, "int(word) <= len(values):", "int(word) < len(values):"),
    Bug(
        "a variable with an empty part is passed over",
        ENVIRONMENT,
        "        if not all(words):\n",
        "        if not words:\n",
    ),
    Bug(
        "a fault of a variable is blamed on the file",
        ORIGINS,
        "        if variable is not None:\n            return Place(variable)\n",
        "",
    ),
    Bug(
        "a variable is not told as the origin",
        ORIGINS,
        "        if variable := self._variable(steps):\n            return variable\n",
        "",
    ),
    Bug(
        "routes may name anybody when something else is wrong",
        LOAD,
        '            self.faults += _strangers_in(data.get("routes"), named, ("routes",))\n',
        "            pass\n",
    ),
    Bug("nobody may be told of what is old", LOAD, '("summary_to", "fallback")', '("summary_to",)'),
    Bug("a notifier may have any name", LOAD, "        if not _NAME.fullmatch(name):\n", "        if False:\n"),
    Bug(
        "a key that stands twice is no fault",
        LOAD,
        "for each in (document.faults if document else ())",
        "for each in ()",
    ),
    Bug(
        "only the first document counts", LOAD, "    if len(found) > 1:\n        raise", "    if False:\n        raise"
    ),
    Bug(
        "an installed pipeline is looked for as a file",
        LOAD,
        "        return os.path.normpath(path) if is_path else said\n",
        "        return os.path.normpath(path)\n",
    ),
    Bug(
        "the file of the environment goes before the one that is named",
        LOAD,
        'os.path.expanduser(given or environ["DETECT_CONFIG"])',
        'os.path.expanduser(environ.get("DETECT_CONFIG") or given or "")',
    ),
    Bug("files that are not there are no fault", CHECK, "and not os.path.exists(path):", "and False:"),
    Bug(
        "an exception that has ended is still believed in",
        CHECK,
        "        if time_of(exception.expires) <= now:\n",
        "        if False:\n",
    ),
    Bug(
        "templates are checked when they are sent",
        CHECK,
        "    if not config.notifiers:\n        return\n",
        "    return\n",
    ),
    Bug(
        "only secrets right under a notifier are looked at",
        CHECK,
        "    elif isinstance(value, dict):\n",
        "    elif False:\n",
    ),
    Bug(
        "text in place of a secret is shown",
        SHOW,
        "return HIDDEN if hidden and isinstance(value, str) else plain(value)",
        "return plain(value)",
    ),
    Bug(
        "headers may hold tokens for all to see",
        SHOW,
        "        return _may_be_secret(type.value_type)\n",
        "        return False\n",
    ),
    Bug(
        "what does not print is shown as it is",
        SHOW,
        "return text if text.isprintable() else",
        "return text if True else",
    ),
    Bug(
        "the schema knows no options of notifiers",
        SCHEMA,
        '"allOf": [_when(kind, definitions) for kind in kinds],',
        '"allOf": [],',
    ),
    Bug("a start overwrites what is there", START, "    if there:\n", "    if False:\n"),
    Bug("the sample of a start is old news", START, "    start = now - 3 * HOUR\n", "    start = now - 300 * HOUR\n"),
    Bug(
        "the file wins over what is typed",
        FILLED,
        "        if name in made and not typed:\n",
        "        if name in made:\n",
    ),
    Bug(
        "rules beside the file are not found",
        FILLED,
        "return config.settings.rules or ((beside,) if os.path.isdir(beside) else ())",
        "return config.settings.rules",
    ),
    Bug("a scan of its own goes by whatever file is there", "engine/cli/run.py", "look=not sources)", "look=True)"),
    Bug(
        "a variable that nobody heeds is passed over",
        CONFIG,
        "        if idle:\n            say(",
        "        if False:\n            say(",
    ),
    Bug(
        "what is hidden is shown when nobody is told",
        "engine/cli/run.py",
        "            shown = alerted or _redacted(made, asked.config)\n",
        "            shown = alerted or made\n",
    ),
    Bug(
        "silences of the configuration are forgotten",
        "engine/alerts/silences.py",
        "        for silence in self._configured:\n",
        "        for silence in ():\n",
    ),
    Bug(
        "others may read a secret and nobody says so",
        "engine/secret.py",
        "        if not mode & 0o077:\n",
        "        if True:\n",
    ),
]
