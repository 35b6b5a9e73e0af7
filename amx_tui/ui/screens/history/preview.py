"""What the list's row does not say: the facts of the run under the cursor."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from amx_tui.domain.runs import Run, status_sign
from amx_tui.domain.text import visible
from amx_tui.domain.times import duration_text, exact_time

__all__ = ["RunPreview"]


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
        lines: list[Content] = [Content.styled(run.run_id, "bold $accent")]
        if run.local_name:
            lines.append(Content.styled(visible(run.local_name), "$foreground 60%"))
        facts = (
            ("who", f"{run.created_by} on {run.hostname}" if run.hostname else run.created_by),
            ("status", f"{status_sign(run.status)} {run.status}"),
            ("started", exact_time(run.started_at)),
            ("ended", exact_time(run.ended_at) or "–"),
            ("took", duration_text((run.ended_at - run.started_at).total_seconds()) if run.ended_at else "–"),
            ("profile", run.db_profile or "–"),
            ("model", run.llm_model or "–"),
            ("command", run.command or "–"),
            ("review", run.review_strategy or "–"),
            ("ok / fail", f"{run.ok_count:,} / {run.fail_count:,}"),
            ("applied", f"{run.applied_count:,}"),
        )
        lines.append(Content(""))
        lines.extend(
            Content.assemble((f"{label:<10}", "$foreground 60%"), visible(value)) for label, value in facts
        )
        lines.extend((Content(""), Content.styled("scope", "$foreground 60%")))
        lines.extend(Content(visible(line)) for line in run.scope.lines())
        if run.error_text:
            lines.extend((Content(""), Content.styled(visible(run.error_text[:2000]), "$text-error")))
        return Content("\n").join(lines)
