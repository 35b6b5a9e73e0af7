"""The real amx-cli as a test sees it: a process in an environment of its own, spoken to in JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.interop.shared_keyring import VARIABLE
from tests.servers import HostServer
from tests.ui.stores import write_config

__all__ = ["RealClient", "RealClientError"]

_DRIVER = Path(__file__).with_name("real_client.py")


class RealClientError(Exception):
    """What amx-cli raised.

    Attributes:
        kind: The name of its class.
        actual: What a stale-version error knows of the stored row.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(f"{said['type']}: {said['message']}")
        self.kind = said["type"]
        self.actual = said.get("actual")


class RealClient:
    """amx-cli on somebody's machine, with a home of its own that shares the store on `host`.

    Args:
        python: The interpreter of amx-cli's environment.
        home: Its config directory, made with a `config.yml` where there is none.
        host: Where the store is.
        username: The OS user.
        hostname: The machine.

    Where a test has a keyring of its own (`shared_keyring`), amx-cli has the same.
    """

    def __init__(self, python: Path, home: Path, host: HostServer, username: str, hostname: str) -> None:
        self.home = home
        if not (home / "config.yml").exists():
            write_config(home, host)
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("AMX_", "PYTHON"))
        }
        # Its log goes below the home, whatever its configuration's folder is.
        environ |= {
            "HOME": str(home),
            "AMX_CONFIG_DIR": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        if VARIABLE in environ:
            environ["PYTHON_KEYRING_BACKEND"] = "shared_keyring.FileKeyring"
        self._errors = (home / "errors.txt").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [str(python), str(_DRIVER), username, hostname],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env=environ,
            cwd=home,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of amx-cli and return what it returns.

        Raises:
            RealClientError: It raised.
        """
        self._say({"call": name, "args": args, "kwargs": kwargs})
        return self._value()

    def prepare(self, name: str, /, *args: Any, **kwargs: Any) -> None:
        """Call a function of amx-cli that stops in front of its UPDATE; `go_on` sends it."""
        self._stop("update", name, args, kwargs)

    def hold(self, name: str, /, *args: Any, **kwargs: Any) -> None:
        """Call a function of amx-cli that stops behind its UPDATE, which is not committed before `go_on`."""
        self._stop("commit", name, args, kwargs)

    def _stop(self, where: str, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self._say({"call": name, "args": args, "kwargs": kwargs, "stop": where})
        assert self._answer() == {"prepared": True}

    def go_on(self) -> Any:
        """Let a call that stopped go on, and return what it returns.

        Raises:
            RealClientError: It raised.
        """
        self._say({})
        return self._value()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._errors.close()

    def _say(self, asked: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"amx-cli ended: {self._errors.read()[-2000:]}")
        return json.loads(line)

    def _value(self) -> Any:
        answer = self._answer()
        if "error" in answer:
            raise RealClientError(answer["error"])
        return answer["value"]
