"""detect completion: the script that completes words in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  bash  detect completion bash >> ~/.bashrc
  zsh   detect completion zsh >> ~/.zshrc
  fish  detect completion fish > ~/.config/fish/completions/detect.fish
"""


@click.command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in SHELL."""
    if found := get_completion_class(shell):
        click.echo(found(ctx.find_root().command, {}, "detect", "_DETECT_COMPLETE").source())
