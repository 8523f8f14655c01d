"""Make ``.venv`` hold what a lock file names: ``python3 erp/local/environment.py demo|dev [--port N]``.

The one idea: this runs with any Python and without any package, before everything else. A stamp in ``.venv``
remembers the lock files that were installed, so that the next call has nothing to do.
"""

import argparse
import hashlib
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", choices=["demo", "dev"])
    parser.add_argument("--port", type=int, help="first make sure that this port is free")
    parser.add_argument("--target", default="demo", help="the make target to name in a cure")
    arguments = parser.parse_args()
    if arguments.port and not port_is_free(arguments.port):
        sys.exit(busy_port_message(arguments.port, arguments.target))
    ensure(arguments.lock)


def ensure(lock):
    """Create the environment and install ``requirements/<lock>.txt`` unless that was done before."""
    wanted = hashlib.sha256((ROOT / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()
    installed = _installed()
    # dev.txt holds all of demo.txt in the same versions.
    if installed.get(lock) == wanted or (lock == "demo" and "dev" in installed and _same_resolution(installed)):
        return
    if not VENV_PYTHON.exists():
        _create(find_python())
    say(f"Installing the packages of requirements/{lock}.txt (about a minute the first time) …")
    command = [str(VENV_PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--require-hashes", "--requirement", f"requirements/{lock}.txt"]
    if subprocess.call(command, cwd=str(ROOT), stdin=subprocess.DEVNULL):
        sys.exit("The packages could not be installed; pip's message is above. Cure: check the network or pip's index.")
    STAMP.write_text(json.dumps({**_installed(), lock: wanted, "locks": _digests()}))


def find_python():
    """This Python, or a newer one on PATH when it is too old."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in (12, 13, 11, 14):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return found
    sys.exit(
        "Python 3.11 or newer is needed; {} is {}.{}.\n"
        "Cure: install it, or name it: make demo PYTHON=/path/to/python3.11".format(sys.executable, *sys.version_info)
    )


def port_is_free(port):
    """Whether the web server could listen on ``port`` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def busy_port_message(port, target="demo"):
    return f"Port {port} is in use by another program.\nCure: make {target} PORT={port + 1}"


def say(sentence):
    """Progress goes to stderr: stdout may be read by a program."""
    print(sentence, file=sys.stderr, flush=True)


def _create(python):
    say(f"Creating .venv with {python} …")
    made = subprocess.run(
        [python, "-m", "venv", "--clear", str(VENV)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        shutil.rmtree(str(VENV), ignore_errors=True)
        sys.exit(
            made.stdout.decode(errors="replace").strip() + "\nThe environment .venv could not be made.\n"
            "Cure: give this Python its venv module (Debian, Ubuntu: apt-get install python3-venv), "
            "or name another one: make demo PYTHON=/path/to/python3"
        )


def _installed():
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def _digests():
    folder = ROOT / "requirements"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.txt"))}


def _same_resolution(installed):
    return installed.get("locks") == _digests()


if __name__ == "__main__":
    main()
