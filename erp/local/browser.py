"""A Chromium for the browser tests: one that is there, or one that this machine lets us install.

The one idea: a developer types `make test` and nothing else; where that can't work the message says what to type.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from erp.local.environment import say
from erp.local.errors import LocalServerError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> str | None:
    """Path of a Chromium: named by CHROMIUM, on PATH, or downloaded by Playwright before."""
    if named := os.environ.get("CHROMIUM"):
        if not shutil.which(named):
            raise LocalServerError(f"CHROMIUM={named} is not a program.\nCure: correct or unset CHROMIUM.")
        return shutil.which(named)
    for name in _NAMES:
        if (found := shutil.which(name)) and _starts(found):
            return found
    downloaded = _playwrights_own()
    return downloaded if downloaded and _starts(downloaded) else None


def ensure() -> str:
    """Path of a Chromium, installing one when there is none and we may."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Debian's Chromium for the browser tests …")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_DEBIAN_PACKAGES]
        # Without an update first: where the lists are fresh that saves the longest part.
        for command in (install, ["apt-get", "update", "-qq"], install):
            subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            if found := find():
                return found
    say("Asking Playwright for its Chromium …")
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        timeout=600,
    )
    if found := find():
        return found
    raise LocalServerError(
        "The browser tests need a Chromium that starts, and none could be found or installed.\n"
        f"Cure: as root `apt-get install {' '.join(_DEBIAN_PACKAGES)}` (or `dnf install chromium`), "
        "or set CHROMIUM=/path/to/chrome."
    )


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(program: str) -> bool:
    """A browser may be there and lack a library (or be Ubuntu's stub that only names its snap)."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
