"""What deploy/ says: each file by its own linter, and the promises that no linter knows."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.conftest import CADDY, DEPLOY
from duende.settings import Settings

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DOCS = (DEPLOY.parent / "docs" / "deployment.md").read_text(encoding="utf-8")
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))
SHELLCHECK = shutil.which("shellcheck")


def run(*command: str | Path) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_dockerfile_is_clean() -> None:
    assert HADOLINT is not None
    run(HADOLINT, DEPLOY / "Dockerfile")


def test_compose_keeps_its_schema() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    run(sys.executable, "-m", "check_jsonschema", *schema, DEPLOY / "compose.yaml")


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_caddyfile_is_valid() -> None:
    run(str(CADDY), "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile")


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_caddy_does_not_log_what_was_asked() -> None:
    """An address holds the reader's first line, and the request has the reader's own."""
    command = [str(CADDY), "adapt", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"]
    adapted = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    encoder = adapted["logging"]["logs"]["default"]["encoder"]
    assert encoder["fields"]["request"] == {"filter": "delete"}
    assert not any("logs" in server for server in adapted["apps"]["http"]["servers"].values())


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
def test_the_script_is_clean() -> None:
    run(str(SHELLCHECK), DEPLOY / "build-images")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_container_is_bounded(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["restart"] == "unless-stopped"
    assert ("ports" in service) is (name == "proxy")
    assert ("outside" in service["networks"]) is (name == "proxy")
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_the_inner_network_alone_is_believed() -> None:
    (network,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    for name in ("api", "page"):
        assert COMPOSE["services"][name]["environment"]["DUENDE_PROXIES"] == network["subnet"]


def test_what_is_set_is_a_setting() -> None:
    known = {f"DUENDE_{name.upper()}" for name in Settings.model_fields}
    for name in ("api", "page"):
        assert set(COMPOSE["services"][name]["environment"]) <= known
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(DUENDE_\w+)=", dockerfile)) <= known


def test_what_can_be_set_is_told() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    for variable, value in re.findall(r"\$\{(DUENDE_\w+):-(.*?)\}", compose):
        (row,) = [line for line in DOCS.splitlines() if line.startswith("|") and variable in line]
        assert value.rpartition("/")[2] in row, f"{variable} is {value} in compose.yaml"
