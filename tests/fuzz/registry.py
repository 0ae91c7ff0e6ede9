"""The fuzz targets by name: each is a module here with `check(data)`, `seeds()` and `WORDS`."""

TARGETS = ("decoders", "decompression", "rules", "matching", "expressions", "pipelines", "times", "paths")
