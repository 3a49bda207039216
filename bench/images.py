"""Images built and run with no container engine: buildah, and Debian in place of the base image.

buildah builds the real Dockerfile with chroot for isolation. The base image cannot be fetched
everywhere, so a Debian made by debootstrap carries its name, with Debian's own Python of the same
version. What an engine would do with an image is done by hand: its user, its environment, a root
that is read-only, a /tmp in memory, no network but itself, a bound on memory.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BASE = re.findall(
    r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.M
)[0]
"""The image that both are built on."""
DEBIAN = "bookworm"
FIRST_VERSION = {
    "api": ("torch", "transformers", "fastapi", "uvicorn"),
    "page": ("streamlit", "requests"),
}
"""What the first version's two images put on top of python:3.10; GPT-2 came at the start."""
SBIN = f"{os.environ['PATH']}:/usr/sbin:/sbin"
"""Where tools are that only root runs."""
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
    if shutil.which(tool, path=SBIN) is None
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
    """An image that was built: its size and its base's in MB, its configuration, its files."""

    name: str
    size: float
    base_size: float
    config: dict[str, Any]
    root: Path


def make_debian(folder: Path) -> Path:
    """A minimal Debian in `folder`, which is made."""
    command = ("debootstrap", "--variant=minbase", DEBIAN, str(folder))
    subprocess.run(command, env={**os.environ, "PATH": SBIN}, check=True, capture_output=True)
    return folder


def megabytes(told: str) -> float:
    """A size as buildah tells it, in MB.

    >>> megabytes("1.2 GB")
    1200.0
    """
    number, unit = told.split()
    return float(number) * {"KB": 1e-3, "MB": 1.0, "GB": 1e3}[unit]


def packages(*names: str) -> float:
    """What packages that are installed here take with all that they need, in MB.

    >>> packages("typer") > packages("click") > 0
    True
    """
    left, seen, size = list(names), set(), 0
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        try:
            found = distribution(name) if name not in seen else None
        except PackageNotFoundError:
            continue  # what only another system or another Python needs
        seen.add(name)
        if found is not None:
            files = [each.locate() for each in found.files or ()]
            size += sum(
                Path(str(file)).stat().st_size for file in files if Path(str(file)).is_file()
            )
            wanted = (each for each in found.requires or () if "extra ==" not in each)
            left += [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted]
    return size / 1e6


class Builder:
    """buildah with a store of its own in `folder`, which holds the images until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._containers: list[str] = []
        command = folder / "bin" / "buildah"
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(
            f"#!/bin/sh\nexec {shutil.which('buildah')} --storage-driver vfs "
            f'--root "{folder}/images" --runroot "{folder}/run" "$@"\n'
        )
        command.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{command.parent}:{SBIN}",
            "BUILDAH_ISOLATION": "chroot",
            "BUILDER": "buildah",
        }

    def close(self, *, keep: bool = False) -> None:
        """Delete every container, and every image unless they are to be kept."""
        for container in self._containers:
            self._run("buildah", "umount", container)
        if keep:
            self._run("buildah", "rm", "--all")
        else:
            shutil.rmtree(self._folder)

    def has(self, name: str) -> bool:
        """Whether there is an image of that name."""
        return any(known.endswith(f"/{name}") for known in self._sizes())

    def make_base(self, debian: Path) -> None:
        """Make what stands for the base: the Debian of `make_debian`, with Python."""
        container = self._run("buildah", "from", "scratch").strip()
        self._run("buildah", "add", "--quiet", container, str(debian), "/")
        self._run("buildah", "config", "--cmd", "/bin/bash", container)
        self._run("buildah", "commit", "--quiet", container, "debian-root")
        self._run("buildah", "rm", container)
        context = self._folder / "stand-in"
        context.mkdir()
        # A network may have an authority of its own: this machine's are known in the image too.
        authorities = ssl.get_default_verify_paths().cafile or os.environ["SSL_CERT_FILE"]
        shutil.copy(authorities, context / "authorities.crt")
        (context / "Dockerfile").write_text(STAND_IN)
        options = ("--quiet", "--format", "docker", "--tag", BASE)
        self._run("buildah", "build", *options, str(context))

    def build(self, tag: str) -> str:
        """Run deploy/build-images, as an operator does; what it says."""
        return self._run(str(ROOT / "deploy" / "build-images"), tag)

    def image(self, name: str) -> Image:
        """An image of this store, with its files mounted."""
        container = self._run("buildah", "from", name).strip()
        self._containers.append(container)
        root = Path(self._run("buildah", "mount", container).strip())
        told = json.loads(self._run("buildah", "inspect", "--type", "image", name))
        sizes = self._sizes()
        own = next(size for known, size in sizes.items() if known.endswith(f"/{name}"))
        return Image(name, own, sizes[BASE], told["Docker"]["config"], root)

    def _sizes(self) -> dict[str, float]:
        rows = json.loads(self._run("buildah", "images", "--json")) or []
        return {row["names"][0]: megabytes(row["size"]) for row in rows if row["names"]}

    def _run(self, *command: str) -> str:
        result = subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"{command}:\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
        return result.stdout


PREPARE = """
set -e
root=$1; shift
if [ -n "$GROUP" ]; then echo $$ > "$GROUP/cgroup.procs"; fi
ip link set lo up
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=128m,mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
exec chroot --userspec="$USER" "$root" "$@"
"""
"""What a container engine does between an image and a process; it has no network but itself."""


class Container:
    """A process that runs in an image: its user, its environment, a root that cannot be written.

    `number` is the process's own; `log` is where it writes what it says.
    """

    def __init__(
        self,
        image: Image,
        *command: str,
        log: Path,
        group: Path | None = None,
        beside: "Container | None" = None,
        **environment: str,
    ) -> None:
        """Run the image's command, or another, in a control group or in none.

        Its network is its own loopback, or that of the one that it is `beside`.
        """
        self.image = image
        network = ["unshare", "--net"]
        if beside is not None:
            network = ["nsenter", f"--net=/proc/{beside.number}/ns/net"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [
                    *(*network, "unshare", "--mount", "bash", "-c", PREPARE, "bash"),
                    *(str(image.root), *(command or image.config["Cmd"])),
                ],
                env={
                    **dict(each.split("=", 1) for each in image.config["Env"]),
                    **environment,
                    "USER": image.config["User"],
                    "GROUP": str(group or ""),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.number = self.process.pid

    def enter(self, *command: str, network_only: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command of this machine in its network, or a command of its own beside it."""
        inside = ["nsenter", f"--target={self.number}", "--net"]
        environment = dict(os.environ)
        if not network_only:
            inside += ["--mount", f"--root={self.image.root}", f"--wd={self.image.root}"]
            environment = dict(each.split("=", 1) for each in self.image.config["Env"])
        return subprocess.run(
            [*inside, *command], env=environment, capture_output=True, text=True, check=False
        )

    def healthy(self) -> bool:
        """Whether its health check passes."""
        return self.enter(*self.image.config["Healthcheck"]["Test"][1:]).returncode == 0

    def stop(self, seconds: float) -> int:
        """Ask it to end, as an engine does, and give its exit status; raises `TimeoutExpired`."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()
            self.process.wait()
