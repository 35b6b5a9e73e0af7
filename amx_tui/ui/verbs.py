"""What the command line's verbs do in the app: some go to a screen, the others show their answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError

if TYPE_CHECKING:
    from amx_tui.services.grammar import Invocation
    from amx_tui.ui.app import AmxApp

__all__ = ["perform"]


def perform(app: AmxApp, invocation: Invocation) -> None:
    """Do what a command line said."""
    shown = _SCREENS.get(invocation.path)
    if shown is not None and not _wants_answer(invocation):
        try:
            shown(app, invocation)
        except AmxError as error:
            app.report_error(error, what=invocation.name)
        return
    from amx_tui.ui.screens.report.screen import ReportScreen

    app.push_screen(ReportScreen(invocation))


def _diagnose(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.report.health import DoctorScreen, HealthScreen
    from amx_tui.ui.screens.report.screen import ReportScreen

    if not invocation.flag("store"):
        app.push_screen(DoctorScreen(invocation))
    elif any(map(invocation.has, ("mend", "undo"))):
        app.push_screen(ReportScreen(invocation))
    else:
        app.push_screen(HealthScreen(invocation))


def _wants_answer(invocation: Invocation) -> bool:
    """Say whether a text or a file is asked for, for which no screen is opened."""
    if invocation.text("strategy", "one-by-one") != "one-by-one":
        return True
    has_limit = invocation.number("limit") is not None
    return has_limit or any(invocation.has(option) for option in _ANSWERED)


def _show_history(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.services.commands.listing import run_filter
    from amx_tui.ui.screens.history.screen import HistoryScreen

    wanted = run_filter(invocation, app.now())
    after, before = invocation.text("after"), invocation.text("before")
    app.switch_mode("history")
    app.uncover()
    for screen in app.screen_stack:
        if isinstance(screen, HistoryScreen):
            if after or before:
                screen.go_beside(after or before, wanted, is_behind=bool(after))
            else:
                screen.show_filter(wanted)


def _show_run(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.services.commands.showing import result_filter

    app.open_run(invocation.argument, wanted=result_filter(invocation))


def _show_comparison(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.services.commands.comparing import compare_filter

    app.open_comparison(invocation.positionals, compare_filter(invocation))


def _show_review(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.domain.query import quoted

    table = invocation.text("table")
    app.open_review(invocation.argument, f"table:{quoted(table)}" if table else "")


def _show_apply(app: AmxApp, invocation: Invocation) -> None:
    app.open_apply(
        invocation.argument,
        profile=invocation.text("profile"),
        table=invocation.text("table"),
        is_undo=invocation.flag("undo"),
    )


def _show_profiles(app: AmxApp, invocation: Invocation) -> None:
    app.action_profiles()


def _show_members(app: AmxApp, invocation: Invocation) -> None:
    app.action_members()


def _show_audit(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.services.commands.administration import audit_filter
    from amx_tui.ui.screens.members.trail import AuditScreen

    app.push_screen(AuditScreen(audit_filter(invocation, app.now())))


def _show_sessions(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.members.trail import SessionsScreen

    app.push_screen(SessionsScreen(invocation.text("who")))


def _show_pages(app: AmxApp, invocation: Invocation) -> None:
    app.action_pages()


def _show_page(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.pages.reader import PageScreen

    app.push_screen(PageScreen(invocation.argument))


def _set_up_store(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.store.screen import StoreScreen

    joins_amx_cli = invocation.text("layout") == "amx-cli"
    profile, schema = invocation.text("profile"), invocation.text("schema")
    app.push_screen(StoreScreen(profile, schema, joins_amx_cli=joins_amx_cli))


def _add_profile(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.profiles.form import ProfileForm

    app.push_screen(ProfileForm.adding(app.workspace, invocation.argument, invocation.text("backend")))


def _edit_profile(app: AmxApp, invocation: Invocation) -> None:
    from amx_tui.ui.screens.profiles.form import ProfileForm

    app.push_screen(ProfileForm.editing(app.workspace, invocation.argument))


_ANSWERED = ("json", "hash", "full", "format", "output", "dry-run", "yes", "on-conflict")
"""Options that ask for a text or a file."""
_SCREENS = {
    ("history", "list"): _show_history,
    ("history", "show"): _show_run,
    ("history", "compare"): _show_comparison,
    ("pages", "list"): _show_pages,
    ("pages", "show"): _show_page,
    ("admin", "members"): _show_members,
    ("admin", "audit"): _show_audit,
    ("admin", "sessions"): _show_sessions,
    ("history", "review"): _show_review,
    ("analyze", "review"): _show_review,
    ("apply",): _show_apply,
    ("db-profiles",): _show_profiles,
    ("add-db-profile",): _add_profile,
    ("edit-db-profile",): _edit_profile,
    ("doctor",): _diagnose,
    ("history-store", "enable"): _set_up_store,
    ("history-store", "status"): _set_up_store,
}
