"""What the list's row does not say: the facts of the run under the cursor."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from amx_tui.domain.run_facts import run_facts
from amx_tui.domain.runs import Run
from amx_tui.domain.text import visible
from amx_tui.ui.widgets.facts import LABEL_LOOK, fact_lines

__all__ = ["RunPreview"]

LABEL_CELLS = 9
LONGEST_ERROR = 2000


class RunPreview(Widget):
    """The facts of one run, drawn from what the list already holds."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run: Run | None = None

    def show_run(self, run: Run | None) -> None:
        """Show another run."""
        if run != self._run:
            self._run = run
            self.refresh()

    def render(self) -> Content:
        """Draw the facts."""
        run = self._run
        if run is None:
            return Content("")
        width = self.content_size.width
        lines: list[Content] = [Content.styled(visible(run.run_id), "bold $accent")]
        if run.local_name:
            lines.append(Content.styled(visible(run.local_name), LABEL_LOOK))
        lines.append(Content(""))
        for label, value in run_facts(run):
            lines.extend(fact_lines(label, value, LABEL_CELLS, width))
        lines.extend((Content(""), Content.styled("scope", LABEL_LOOK)))
        lines.extend(Content(visible(line)) for line in run.scope.lines())
        if run.error_text:
            lines.extend(
                (Content(""), Content.styled(visible(run.error_text[:LONGEST_ERROR]), "$text-error"))
            )
        return Content("\n").join(lines)
