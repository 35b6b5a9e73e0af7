"""The facts of a run as labels and values, the same in a preview, on the run's screen and in the shell."""

from __future__ import annotations

from amx_tui.domain.runs import Run, RunDetail, status_sign
from amx_tui.domain.times import duration_text, exact_time

__all__ = ["Fact", "detail_facts", "run_facts"]

Fact = tuple[str, str]


def run_facts(run: Run) -> tuple[Fact, ...]:
    """What a list's row holds of a run; facts without a value are left out."""
    took = duration_text((run.ended_at - run.started_at).total_seconds()) if run.ended_at else ""
    return _filled(
        ("who", f"{run.created_by} on {run.hostname}" if run.hostname else run.created_by),
        ("status", f"{status_sign(run.status)} {run.status}"),
        ("started", exact_time(run.started_at)),
        ("ended", exact_time(run.ended_at)),
        ("took", took),
        ("command", run.command),
        ("database", run.db_profile),
        ("model", run.llm_model),
        ("review", run.review_strategy),
        ("ok / fail", f"{run.ok_count:,} / {run.fail_count:,}"),
        ("applied", f"{run.applied_count:,}" if run.applied_count else ""),
    )


def detail_facts(detail: RunDetail) -> tuple[Fact, ...]:
    """What the store holds of a run, without its settings, tokens and metrics; empty facts are left out."""
    run = detail.run
    backend = f" ({detail.db_backend})" if detail.db_backend else ""
    model = " ".join(part for part in (detail.llm_provider, run.llm_model) if part)
    llm_profile = f" (profile {detail.llm_profile})" if detail.llm_profile else ""
    known = dict(run_facts(run))
    return _filled(
        ("number", run.local_name),
        ("who", known["who"]),
        ("status", known["status"]),
        ("started", known["started"]),
        ("ended", known.get("ended", "")),
        ("took", duration_text(detail.duration_sec) or known.get("took", "")),
        ("command", f"{run.command} ({detail.mode})" if detail.mode else run.command),
        ("database", f"{run.db_profile}{backend}"),
        ("model", f"{model}{llm_profile}"),
        ("review", run.review_strategy),
        ("client", detail.client_version),
        ("assets", f"{detail.selected_count:,} selected, {detail.planned_count:,} planned"),
        ("ok / fail", known["ok / fail"]),
        ("applied", known.get("applied", "")),
    )


def _filled(*facts: Fact) -> tuple[Fact, ...]:
    return tuple((label, value) for label, value in facts if value.strip())
