"""Images built and run with no container engine: buildah, and Debian in the place of the base image.

buildah builds the real Dockerfile with chroot for isolation. The base image cannot be fetched
everywhere, so a Debian made by debootstrap carries its name, with Debian's own Python of the same
version. What an engine would do with an image is done by hand: its user, its environment, a root
that is read-only, a /tmp in memory, no network but itself, a bound on memory.
"""

import json
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEBIAN = "bookworm"
STAND_IN = """\
FROM debian-root
RUN apt-get update -qq \\
    && apt-get install -qq --yes --no-install-recommends \\
    ca-certificates python3 python3-pip python3-venv \\
    && ln -s /usr/bin/python3 /usr/local/bin/python \\
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY authorities.crt /etc/ssl/certs/ca-certificates.crt
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
"""
MISSING = [
    tool
    for tool in ("buildah", "debootstrap", "unshare", "nsenter")
    if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None
]
WHY_NOT = (
    "building images wants root on Linux"
    if not hasattr(os, "geteuid") or os.geteuid() != 0
    else f"not installed: {', '.join(MISSING)}"
    if MISSING
    else ""
)
"""Why no image can be built here; empty where it can."""


@dataclass(frozen=True)
class Image:
    """An image that was built: its name, its size, its base's, its configuration, its files."""

    name: str
    bytes: int
    base_bytes: int
    config: dict[str, object]
    root: Path


class Builder:
    """buildah with a store of its own in `folder`, which holds the images until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._containers: list[str] = []
        command = folder / "bin" / "buildah"
        command.parent.mkdir()
        command.write_text(
            f'#!/bin/sh\nexec {shutil.which("buildah")} --storage-driver vfs '
            f'--root "{folder}/images" --runroot "{folder}/run" "$@"\n'
        )
        command.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "BUILDAH_ISOLATION": "chroot",
            "BUILDER": "buildah",
        }

    def close(self) -> None:
        """Delete every container and image."""
        for container in self._containers:
            self._run("buildah", "umount", container)
        self._run("buildah", "rm", "--all")
        self._run("buildah", "rmi", "--all", "--force")

    def make_base(self, name: str) -> None:
        """Make a Debian with Python that is called `name`."""
        root = self._folder / "debian"
        self._run("debootstrap", "--variant=minbase", DEBIAN, str(root))
        container = self._run("buildah", "from", "scratch").strip()
        self._run("buildah", "add", "--quiet", container, str(root), "/")
        self._run("buildah", "config", "--cmd", "/bin/bash", container)
        self._run("buildah", "commit", "--quiet", container, "debian-root")
        self._run("buildah", "rm", container)
        context = self._folder / "stand-in"
        context.mkdir()
        # A network may have an authority of its own: this machine's are known in the image too.
        authorities = ssl.get_default_verify_paths().cafile or os.environ["SSL_CERT_FILE"]
        shutil.copy(authorities, context / "authorities.crt")
        (context / "Dockerfile").write_text(STAND_IN)
        options = ("--quiet", "--format", "docker", "--tag", name)
        self._run("buildah", "build", *options, str(context))

    def build(self, tag: str) -> str:
        """Run deploy/build-images, as an operator does; what it says."""
        return self._run(str(ROOT / "deploy" / "build-images"), tag)

    def image(self, name: str, *, base: str) -> Image:
        """An image of this store, with its files mounted."""
        container = self._run("buildah", "from", name).strip()
        self._containers.append(container)
        root = Path(self._run("buildah", "mount", container).strip())
        told = json.loads(self._run("buildah", "inspect", "--type", "image", name))
        sizes = {
            f"{row['names'][0]}": self._size(row["id"])
            for row in json.loads(self._run("buildah", "images", "--json"))
            if row.get("names")
        }
        own = next(size for known, size in sizes.items() if known.endswith(name))
        return Image(name, own, sizes[base], told["Docker"]["config"], root)

    def _size(self, image: str) -> int:
        told = self._run("buildah", "images", "--format", "{{.ID}} {{.Size}}", "--no-trunc")
        for line in told.splitlines():
            name, number, unit = line.removeprefix("sha256:").split()
            if name == image:
                return round(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])
        raise AssertionError(f"{image} is not in {told}")

    def _run(self, *command: str) -> str:
        result = subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"{command}:\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
        return result.stdout


PREPARE = """
set -e
root=$1; shift
ip link set lo up
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64m tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
mount --rbind /dev "$root/dev"
exec chroot --userspec="$DUENDE_USER" "$root" "$@"
"""
"""What a container engine does between an image and a process; begun with no network but itself."""


@contextmanager
def running(image: Image, command: Sequence[str] = (), **environment: str) -> Iterator[int]:
    """Run an image's command, or another, and yield the number of the process.

    Its user, its environment, a root that cannot be written, no network but its own loopback.
    """
    told = dict(each.split("=", 1) for each in image.config["Env"])  # type: ignore[attr-defined]
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "--net", "bash", "-c", PREPARE, "bash", str(image.root)),
            *(command or image.config["Cmd"]),  # type: ignore[misc]
        ],
        env={
            **told,
            **environment,
            "DUENDE_USER": str(image.config["User"]),
            "PATH": f"{told['PATH']}:/usr/sbin:/usr/bin:/sbin:/bin",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process.pid
    finally:
        process.kill()
        process.communicate()
