"""The stack as moto makes it, and a small Linux in which its user data runs."""

import base64
import email
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest
from cfnlint.decode.cfn_yaml import load
from moto.cloudformation import parsing
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.route_tables import RouteTable

TEMPLATE = Path(__file__).parents[2] / "deploy" / "cloudformation.yaml"
REGION = "us-east-1"
IMAGES = {
    "ApiImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/duende-api:1",
    "PageImage": "registry.example/duende-page:1",
}


def template() -> dict[str, Any]:
    """The template as it is parsed: `!Ref X` is `{"Ref": "X"}`."""
    return load(str(TEMPLATE))


class Stack:
    """A stack of the template in a cloud of moto's, with what moto leaves out of an instance."""

    def __init__(self, **parameters: str) -> None:
        self.parameters = IMAGES | parameters
        self._change("create_stack")

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def update(self, **parameters: str) -> None:
        self.parameters |= parameters
        self._change("update_stack")

    def delete(self) -> None:
        self.client("cloudformation").delete_stack(StackName="verses")

    def _change(self, how: str) -> None:
        getattr(self.client("cloudformation"), how)(
            StackName="verses",
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self.parameters.items()
            ],
        )

    @property
    def outputs(self) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName="verses")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    @property
    def machine(self) -> dict[str, Any]:
        found = self.client("ec2").describe_instances(InstanceIds=[self.outputs["MachineId"]])
        return found["Reservations"][0]["Instances"][0]

    @property
    def user_data(self) -> str:
        attribute = self.client("ec2").describe_instance_attribute(
            InstanceId=self.outputs["MachineId"], Attribute="userData"
        )
        return base64.b64decode(attribute["UserData"]["Value"]).decode("ascii")

    @property
    def script(self) -> str:
        return parts(self.user_data)["text/x-shellscript"]


def parts(user_data: str) -> dict[str, str]:
    """The parts of user data by their type, as cloud-init takes them apart."""
    message = email.message_from_string(user_data)
    return {each.get_content_type(): each.get_payload() for each in message.get_payload()}


@contextmanager
def cloud() -> Iterator[None]:
    """An empty cloud of moto's, taught what the template asks and moto leaves out.

    Instances know launch templates and take new user data; a parameter in `!Sub` is a reference,
    and route tables go with their stack.
    """
    create = Instance.create_from_cloudformation_json.__func__
    references = parsing.get_references_from_template

    def create_from_launch_template(
        cls: Any, name: str, resource: Any, account_id: str, region_name: str, **rest: Any
    ) -> Instance:
        asked = resource["Properties"]["LaunchTemplate"]
        known = ec2_backends[account_id][region_name].get_launch_template(asked["LaunchTemplateId"])
        data = known.get_version(asked["Version"]).data
        resource = {**resource, "Properties": data | resource["Properties"]}
        return create(cls, name, resource, account_id, region_name, **rest)

    def update_in_place(
        cls: Any, original_resource: Instance, cloudformation_json: Any, **_: Any
    ) -> Instance:
        original_resource.user_data = cloudformation_json["Properties"]["UserData"]
        return original_resource

    def references_in_texts_too(part: Any) -> list[str]:
        return references(part) + re.findall(r"\${(\w+)}", json.dumps(part))

    def delete(cls: Any, name: str, resource: Any, account_id: str, region_name: str) -> None:
        ec2_backends[account_id][region_name].delete_route_table(name)

    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        for kind, name, function in (
            (Instance, "create_from_cloudformation_json", create_from_launch_template),
            (Instance, "update_from_cloudformation_json", update_in_place),
            (RouteTable, "delete_from_cloudformation_json", delete),
        ):
            patch.setattr(kind, name, classmethod(function))
        patch.setattr(parsing, "get_references_from_template", references_in_texts_too)
        yield


STAND_IN = r"""#!/bin/bash
# Stands in for a command: notes how it is called and does what the script then relies on.
name="${0##*/}"
echo "$name $*" >>/calls
case "$name $*" in
  blkid*TYPE*) [ ! -e /is/formatted ] || echo xfs ;;
  blkid*UUID*) echo 0-1-2 ;;
  mkfs.xfs*) [ ! -e /is/formatted ] && touch /is/formatted ;;
  mountpoint*) [ -e /is/mounted ] ;;
  mount*) touch /is/mounted ;;
  dd*) touch "$(sed 's/.*of=\([^ ]*\).*/\1/' <<<"$*")" ;;
  dnf\ install*) ln -s dnf /stand-ins/docker ;;
  aws\ ecr*) echo secret ;;
  docker\ login*) [ "$(cat)" = secret ] ;;
  docker\ pull*) ! { [ -e /is/unreachable ] && [[ "$*" == *"$(cat /is/unreachable)"* ]]; } ;;
  docker\ image\ inspect*) grep -qsF "${!#}" /is/fetched ;;
  docker\ create*) echo "$2" ;;
  docker\ cp*) echo "$2" >"$3${2##*/}" ;;
  docker\ run*) ! grep -qsFf /is/mute .env ;;
  docker\ compose\ config*) printf '%s\n' api page proxy ;;
  docker\ compose\ ps*) cat /is/running ;;
  cfn-signal*) [ ! -e /is/complete ] ;;
esac
"""
COMMANDS = (
    *("blkid", "mkfs.xfs", "mountpoint", "mount", "xfs_growfs", "dd", "mkswap", "swapon", "dnf"),
    *("aws", "cfn-signal", "systemctl", "sleep"),
)
VOLUME = "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_"


@dataclass
class Machine:
    """A folder that is the root of a machine: the commands of Amazon Linux are stand-ins."""

    root: Path

    @classmethod
    def make(cls, base: Path, root: Path, volume: str) -> "Machine":
        """A copy of a minimal Debian, with the data volume attached. Programs are linked."""
        shutil.copytree(base / "etc", root / "etc", symlinks=True)
        for folder in ("stand-ins", "is", "tmp", "var/lib", "root", "usr/local", "dev", "proc"):
            (root / folder).mkdir(parents=True)
        for folder in ("bin", "sbin", "lib", "lib64"):
            source = base / "usr" / folder
            if source.is_dir():
                linked = subprocess.run(["cp", "-al", source, root / "usr"], capture_output=True)
                if linked.returncode:  # another disk
                    subprocess.run(["cp", "-a", source, root / "usr"], check=True)
            if (base / folder).is_symlink():
                (root / folder).symlink_to(f"usr/{folder}")
        subprocess.run(["mknod", "-m", "666", root / "dev/null", "c", "1", "3"], check=True)
        subprocess.run(["mknod", "-m", "666", root / "dev/zero", "c", "1", "5"], check=True)
        for name in COMMANDS:
            (root / "stand-ins" / name).write_text(STAND_IN, encoding="utf-8")
            (root / "stand-ins" / name).chmod(0o755)
        device = root / (VOLUME + volume.replace("-", ""))
        device.parent.mkdir(parents=True)
        device.touch()
        machine = cls(root)
        machine.now("running", "running healthy\nrunning healthy\nrunning \n")
        return machine

    def now(self, state: str, content: str = "") -> None:
        """Put the machine into a state that the stand-ins know."""
        (self.root / "is" / state).write_text(content, encoding="utf-8")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the machine; `calls` then tells what it called."""
        (self.root / "calls").write_text("", encoding="utf-8")
        path = "PATH=/stand-ins:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(
            ["chroot", str(self.root), "/usr/bin/env", "-i", path, *command],
            capture_output=True,
            text=True,
            timeout=120,
        )

    def boot(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a stack's script, as cloud-init does at every boot."""
        (self.root / "root" / "user-data").write_text(script, encoding="utf-8")
        return self.run("/bin/bash", "/root/user-data")

    @property
    def calls(self) -> list[str]:
        return self.read("calls").splitlines()

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")
