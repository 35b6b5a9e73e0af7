"""A profile that verifies its MySQL server never logs in without TLS."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.config.model import Profile
from amx_tui.domain.errors import UnreachableError
from amx_tui.store.database import make_database
from tests.servers import HostServer

AUTHORITY = Path(__file__).parents[1] / "data" / "some_authority.pem"


async def test_a_server_without_tls_gets_no_password_where_tls_is_asked_for(mysql_host: HostServer) -> None:
    """The driver alone would go on in the clear; here the login ends before the password is sent."""
    if mysql_host.sync_execute("SHOW VARIABLES LIKE 'have_ssl'") == [("have_ssl", "YES")]:
        pytest.skip("this server offers TLS")
    values = {**mysql_host.values, "ssl_ca": str(AUTHORITY)}
    profile = Profile("verified", "mysql", values)
    database = make_database(profile, profile.resolve_secrets({}))
    with pytest.raises(UnreachableError, match="TLS"):
        await database.run(lambda connection: connection.execute(sa.text("SELECT 1")).scalar())
    await database.close()
