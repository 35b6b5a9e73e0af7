"""What the palette offers: the commands of the screen, those that work everywhere, and the themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from amx_tui.ui.commands import Performer

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["CommandProvider", "ThemeProvider", "open_theme_palette"]

Choice = tuple[str, str, Callable[[], object]]
"""A title, what else is said about it, and what it does."""


class _ChoiceProvider(Provider):
    """A provider over a list of choices."""

    def choices(self) -> Iterator[Choice]:
        """Give the choices in the order in which they are offered."""
        raise NotImplementedError

    @property
    def amx(self) -> AmxApp:
        """The app, as what it is."""
        return cast("AmxApp", self.app)

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for title, help_, do in self.choices():
            yield DiscoveryHit(title, do, help=help_)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for title, help_, do in self.choices():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), do, help=help_)


class CommandProvider(_ChoiceProvider):
    """The commands of the screen below the palette, then those of the app."""

    def choices(self) -> Iterator[Choice]:
        """Each command with its key; one that is not allowed says why instead."""
        performers: tuple[object, ...] = (self.screen, self.amx)
        for performer in performers:
            if not isinstance(performer, Performer):
                continue
            for command in performer.VERBS:
                if command.in_palette:
                    reason = performer.reason_against(command)
                    keys = self.amx.key_of(command)
                    yield (
                        f"{command.title}" + (f"  ({keys})" if keys else ""),
                        reason,
                        partial(performer.action_perform, command.id),
                    )


class ThemeProvider(_ChoiceProvider):
    """Our themes and the user's own."""

    def choices(self) -> Iterator[Choice]:
        """Each theme by name."""
        from amx_tui.ui.appearance import use_theme

        for name, spec in self.amx.themes.items():
            about = "in use" if name == self.amx.theme else "dark" if spec.is_dark else "light"
            yield name, about, partial(use_theme, self.amx, name)


def open_theme_palette(app: AmxApp) -> None:
    """Open the palette with the themes only."""
    app.push_screen(CommandPalette(providers=[ThemeProvider], placeholder="Which colours?"))
