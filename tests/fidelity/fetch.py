#!/usr/bin/env python3
"""Fetches the JSON-Schema-Test-Suite and prints the folder of its tests.

The suite is not ours, so it stays out of the repository: it is cached in $TIDEWIRE_CACHE, or in the folder `suite` beside what cargo builds.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PIN = HERE / "suite.txt"


def pinned():
    """The archive's name and its hash, as the pin has them."""
    line = next(line for line in PIN.read_text().splitlines() if line and not line.startswith("#"))
    requirement, _, digest = line.partition(" --hash=sha256:")
    name, _, version = requirement.partition("==")
    return f"{name}-{version}.tar.gz", digest.strip()


def cache():
    named = os.environ.get("TIDEWIRE_CACHE")
    if named:
        return pathlib.Path(named)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target") / "suite"


def download(archive, digest, folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    subprocess.run([*command, "--requirement", str(PIN), "--dest", str(folder)], check=True, stdout=sys.stderr)
    found = hashlib.sha256((folder / archive).read_bytes()).hexdigest()
    if found != digest:
        raise SystemExit(f"{archive} has the hash {found}, not {digest}")


def unpack(archive, folder):
    """The tests alone, whatever else the archive holds."""
    with tarfile.open(archive) as tar:
        for member in tar:
            inside = pathlib.PurePosixPath(member.name).parts[1:]
            if inside[:2] != ("json", "tests") or not member.isfile() or ".." in inside:
                continue
            path = folder.joinpath(*inside[2:])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tar.extractfile(member).read())


def main():
    archive, digest = pinned()
    home = cache()
    tests = home / digest[:16]
    if not tests.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a run that was interrupted, or one beside it, leaves nothing half done in the place that counts.
        work = pathlib.Path(tempfile.mkdtemp(dir=home))
        try:
            download(archive, digest, work)
            unpack(work / archive, work / "tests")
            try:
                (work / "tests").rename(tests)
            except OSError:
                if not tests.is_dir():
                    raise
        finally:
            shutil.rmtree(work)
    print(tests)


if __name__ == "__main__":
    main()
