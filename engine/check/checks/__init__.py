"""The checks, by what they look at. A function here with `@check` or `@across` is one; nothing else is edited."""
