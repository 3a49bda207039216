"""The template of one EC2 machine: linted, made by moto, and its script run in a small Linux."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from cfnlint.api import ManualArgs, lint

from deploy.made_stack import IMAGES, TEMPLATE, Machine, Stack, cloud, parts, template

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-2"),
    *("ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "ap-south-1"),
)
# What moto does not model is held on the parsed template.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Tried to parse AWS..(.*EIPAssociation|.*WaitCondition|.*Alarm) but",
    "ignore:Unable to delete",
)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with cloud():
        yield Stack()


def _resources(kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: each
        for name, each in template()["Resources"].items()
        if each["Type"] == f"AWS::{kind}"
    }


def _properties(kind: str) -> dict[str, Any]:
    (resource,) = _resources(kind).values()
    return resource["Properties"]


def test_the_template_is_clean_in_the_common_regions() -> None:
    """Warnings and remarks count as errors do."""
    asked = ManualArgs(regions=[*REGIONS], include_checks=["I"])
    assert lint(TEMPLATE.read_text(encoding="utf-8"), config=asked) == []


def test_cloudformation_can_read_it() -> None:
    """Its YAML has no aliases, and bodies of more than 51,200 bytes need a bucket."""
    text = TEMPLATE.read_text(encoding="ascii")
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    assert not [each for each in events if getattr(each, "anchor", None)]
    assert len(text) <= 51_200
    assert len(template()["Description"]) <= 1024


def test_the_cost_stands_in_the_template_with_its_date() -> None:
    assert re.search(r"\d+ USD a month.*20\d\d", template()["Description"])


def test_only_http_and_https_come_in(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    name = {"Name": "group-name", "Values": ["verses-WebOnly-*"]}
    (group,) = ec2.describe_security_groups(Filters=[name])["SecurityGroups"]
    doors = [
        (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["IpRanges"][0]["CidrIp"])
        for rule in group["IpPermissions"]
    ]
    assert doors == [("tcp", 80, 80, "0.0.0.0/0"), ("tcp", 443, 443, "0.0.0.0/0")]
    # moto leaves out what has no IPv4.
    rules = _properties("EC2::SecurityGroup")["SecurityGroupIngress"]
    assert sorted({(each["FromPort"], each["ToPort"]) for each in rules}) == [(80, 80), (443, 443)]
    assert _properties("EC2::NetworkInterface")["GroupSet"] == [
        {"Fn::GetAtt": ["WebOnly", "GroupId"]}
    ]
    assert not _resources("EC2::SecurityGroupIngress")
    assert "KeyName" not in _properties("EC2::Instance")


def test_the_machine_is_of_its_size_and_architecture(stack: Stack) -> None:
    machine = stack.machine
    assert machine["InstanceType"] == "t4g.small"
    assert machine["State"]["Name"] == "running"
    ssm = stack.client("ssm")
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    assert machine["ImageId"] == ssm.get_parameter(Name=name)["Parameter"]["Value"]


def test_an_intel_machine_gets_an_intel_image() -> None:
    with cloud():
        stack = Stack(InstanceType="t3.micro")
        ssm = stack.client("ssm")
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        assert stack.machine["ImageId"] == ssm.get_parameter(Name=name)["Parameter"]["Value"]
        assert "slots='2'\n" in stack.script
        assert "swap_megabytes='2048'\n" in stack.script


def test_every_machine_has_its_size() -> None:
    sizes = template()["Mappings"]["Size"]
    assert set(sizes) == set(template()["Parameters"]["InstanceType"]["AllowedValues"])
    fields = set(sizes["t4g.small"])
    memory = {"micro": 1024, "small": 2048, "medium": 4096, "large": 8192}
    for name, size in sizes.items():
        assert set(size) == fields, name
        family, what = name.split(".")
        assert size["Architecture"] == ("arm64" if "g" in family else "x86_64"), name
        assert size["Burstable"] == ("yes" if family.startswith("t") else "no"), name
        there = 2048 if name == "c7g.medium" else 4096 if name == "c7g.large" else memory[what]
        taken = sum(int(size[each].removesuffix("m")) for each in ("ApiMemory", "PageMemory"))
        assert taken <= 0.8 * there, name


def test_the_role_may_do_what_the_machine_does_and_no_more(stack: Stack) -> None:
    iam = stack.client("iam")
    arn = stack.machine["IamInstanceProfile"]["Arn"]
    (profile,) = iam.list_instance_profiles()["InstanceProfiles"]
    assert profile["Arn"] == arn
    (role,) = profile["Roles"]
    role = iam.get_role(RoleName=role["RoleName"])["Role"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "ec2.amazonaws.com"}
    (policy,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    inline = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
    document = ast.literal_eval(inline)  # moto writes it as Python does
    for statement in document["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert "*" not in action
        if statement["Resource"] == "*":
            assert actions == "ecr:GetAuthorizationToken" or statement["Condition"]
    (group,) = stack.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] in json.dumps(document["Statement"][0]["Resource"])
    (managed,) = _properties("IAM::Role")["ManagedPolicyArns"]
    assert managed["Fn::Sub"].endswith(":iam::aws:policy/AmazonSSMManagedInstanceCore")


def test_logs_are_kept_for_some_time(stack: Stack) -> None:
    (group,) = stack.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == stack.outputs["LogGroup"]
    assert group["retentionInDays"] == 30
    assert f"log_group='{stack.outputs['LogGroup']}'\n" in stack.script


def test_the_address_stays(stack: Stack) -> None:
    (address,) = stack.client("ec2").describe_addresses()["Addresses"]
    assert stack.outputs["PublicIp"] == address["PublicIp"]
    assert stack.outputs["Url"] == f"http://{address['PublicIp']}"
    assert stack.outputs["MachineId"] in stack.outputs["Session"]
    association = _properties("EC2::EIPAssociation")
    assert association["NetworkInterfaceId"] == {"Ref": "Interface"}
    (interface,) = _properties("EC2::Instance")["NetworkInterfaces"]
    assert interface["NetworkInterfaceId"] == {"Ref": "Interface"}
    # The machine must not start before it can reach the world.
    (machine,) = _resources("EC2::Instance").values()
    assert set(machine["DependsOn"]) == {"DefaultRoute", "SubnetRoutes", "AddressAssociation"}


def test_data_lies_on_an_encrypted_volume_that_outlives_the_stack(stack: Stack) -> None:
    (volume,) = stack.client("ec2").describe_volumes(VolumeIds=[stack.outputs["DataVolume"]])[
        "Volumes"
    ]
    assert volume["Size"] == 4
    assert f"volume='{volume['VolumeId']}'\n" in stack.script
    (resource,) = _resources("EC2::Volume").values()
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Snapshot"
    assert resource["Properties"]["Encrypted"] is True
    assert resource["Properties"]["VolumeType"] == "gp3"
    (attached,) = _properties("EC2::Instance")["Volumes"]
    assert attached["VolumeId"] == {"Ref": "Data"}
    # Deleting one waits for a volume that is in use.
    assert not _resources("EC2::VolumeAttachment")


def test_the_root_disk_is_encrypted_and_the_role_is_out_of_reach_for_containers() -> None:
    data = _properties("EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert disk["Ebs"]["VolumeType"] == "gp3"


def test_a_newer_amazon_linux_does_not_replace_the_machine() -> None:
    machine = _properties("EC2::Instance")
    assert machine["LaunchTemplate"] == {"LaunchTemplateId": {"Ref": "Launch"}, "Version": "1"}
    assert "ImageId" not in machine


def test_alarms_watch_machine_services_and_credits(stack: Stack) -> None:
    alarms = _resources("CloudWatch::Alarm")
    metrics = {each["Properties"]["MetricName"]: each["Properties"] for each in alarms.values()}
    assert set(metrics) == {"StatusCheckFailed", "Unhealthy", "CPUCreditBalance"}
    for alarm in metrics.values():
        told = {"Fn::If": ["HasEmail", [{"Ref": "Told"}], {"Ref": "AWS::NoValue"}]}
        assert alarm["AlarmActions"] == alarm["OKActions"] == told
    health = metrics["Unhealthy"]
    assert health["TreatMissingData"] == "breaching"
    # The machine says it under the name that the alarm and the role's policy have.
    assert health["Namespace"] == "duende"
    assert "--namespace duende --metric-name Unhealthy" in stack.script
    assert health["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}]
    # A machine that has no credits has no alarm on them.
    assert alarms["CreditAlarm"]["Condition"] == "Burstable"


def test_alarms_are_told_to_whom_it_was_said(stack: Stack) -> None:
    sns = stack.client("sns")
    assert not sns.list_topics()["Topics"]
    stack.delete()
    told = Stack(Email="poet@verses.example").client("sns").list_subscriptions()
    (subscription,) = told["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "poet@verses.example")


def test_the_stack_waits_for_a_poem() -> None:
    (name,) = _resources("CloudFormation::WaitCondition")
    poem = template()["Resources"][name]
    assert poem["CreationPolicy"]["ResourceSignal"]["Count"] == 1
    minutes = int(re.fullmatch(r"PT(\d+)M", poem["CreationPolicy"]["ResourceSignal"]["Timeout"])[1])
    assert 15 <= minutes <= 60  # compose waits for 15 minutes at most, the check for 10
    assert poem["DependsOn"] == "Machine"
    # What is not complete gets neither its volume nor its address.
    assert "CreationPolicy" not in template()["Resources"]["Machine"]


def test_user_data_runs_at_every_boot_and_holds_no_secret(stack: Stack) -> None:
    user_data = stack.user_data
    assert len(user_data) <= 16_384
    found = parts(user_data)
    assert set(found) == {"text/cloud-config", "text/x-shellscript"}
    config = yaml.safe_load(found["text/cloud-config"])
    assert config == {"cloud_final_modules": [["scripts-user", "always"]]}
    assert stack.script.startswith("#!/bin/bash\n")
    for line in (
        f"api_image='{IMAGES['ApiImage']}'",
        f"page_image='{IMAGES['PageImage']}'",
        "stack='verses'",
        "region='us-east-1'",
        "slots='4'",
        "domain=''",
    ):
        assert line in stack.script.splitlines()
    assert not re.search(r"AWS::|Fn::|PLACEHOLDER", user_data)
    assert not re.search(r"AKIA[0-9A-Z]{16}|aws_secret|password=", user_data, re.IGNORECASE)
    for name, each in template()["Parameters"].items():
        assert "NoEcho" not in each, f"{name} would be a secret in clear text on the machine"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("ApiImage", IMAGES["ApiImage"], "duende'; rm -rf /; echo ':1"),
        ("PageImage", "ghcr.io/poets/page@sha256:" + "a" * 64, "$(reboot):1"),
        ("ComposeImage", "docker/compose-bin:v5.2.0", "docker/compose-bin"),
        ("Domain", "verses.example.org", "https://verses.example.org"),
        ("Domain", "", "verses.example.org' "),
        ("DataSnapshot", "snap-0123456789abcdef0", "vol-0123456789abcdef0"),
        ("Email", "poet@verses.example", "poet"),
    ],
)
def test_parameters_are_checked_before_they_reach_the_shell(name: str, good: str, bad: str) -> None:
    pattern = template()["Parameters"][name]["AllowedPattern"]
    assert re.fullmatch(pattern, good)
    assert not re.fullmatch(pattern, bad)


def test_an_update_changes_the_images_of_the_same_machine(stack: Stack) -> None:
    before = stack.outputs
    stack.update(ApiImage=IMAGES["ApiImage"].replace(":1", ":2"))
    assert stack.outputs == before
    assert f"api_image='{IMAGES['ApiImage'][:-1]}2'\n" in stack.script
    assert f"page_image='{IMAGES['PageImage']}'\n" in stack.script


def test_a_deleted_stack_leaves_its_data_alone(stack: Stack) -> None:
    """What moto deletes; the volume, which it would delete too, is held above."""
    machine = stack.outputs["MachineId"]
    stack.delete()
    found = stack.client("ec2").describe_instances(InstanceIds=[machine])["Reservations"]
    assert found[0]["Instances"][0]["State"]["Name"] == "terminated"
    iam = stack.client("iam")
    assert not iam.list_roles()["Roles"]
    assert not iam.list_instance_profiles()["InstanceProfiles"]
    assert not stack.client("logs").describe_log_groups()["logGroups"]
    kept = {
        name
        for name, each in template()["Resources"].items()
        if "Retain" in each.get("DeletionPolicy", "")
    }
    assert kept == {"Data"}


def test_the_script_is_sound(stack: Stack, tmp_path: Path) -> None:
    script = tmp_path / "user-data.sh"
    script.write_text(stack.script, encoding="utf-8")
    subprocess.run(["bash", "-n", str(script)], check=True)
    for heredoc in re.findall(r"<<'END'\n(#!/bin/bash\n.*?)^END$", stack.script, re.S | re.M):
        subprocess.run(["bash", "-n"], input=heredoc, text=True, check=True)
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    result = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


class Made(NamedTuple):
    """What the tests below need of a stack, made once."""

    script: str
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def made() -> Made:
    with cloud():
        stack = Stack()
        return Made(stack.script, stack.outputs)


@pytest.fixture
def machine(made: Made, debian: Path, tmp_path: Path) -> Machine:
    return Machine.make(debian, tmp_path / "root", made.outputs["DataVolume"])


def _signals(machine: Machine) -> list[str]:
    return [each for each in machine.calls if each.startswith("cfn-signal")]


def test_a_bare_machine_writes_a_poem_and_says_so(machine: Machine, made: Made) -> None:
    result = machine.boot(made.script)
    assert result.returncode == 0, result.stdout + result.stderr
    calls = machine.calls
    in_order = [
        "mkfs.xfs /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol",
        "mount /var/lib/duende",
        "mkswap /swapfile",
        "dnf install --assumeyes docker",
        "systemctl restart docker",
        "docker pull --quiet docker/compose-bin:v5.2.0@sha256:",
        "docker login --username AWS --password-stdin 123456789012.dkr.ecr.us-east-1",
        f"docker pull --quiet {IMAGES['ApiImage']}",
        f"docker pull --quiet {IMAGES['PageImage']}",
        "docker compose pull --quiet proxy",
        "docker compose up --detach --force-recreate --wait",
        f"docker run --rm --network host {IMAGES['ApiImage']} duende check http://localhost",
        "cfn-signal --success true",
    ]
    places = [next(n for n, call in enumerate(calls) if call.startswith(each)) for each in in_order]
    assert places == sorted(places)
    assert len([each for each in calls if each.startswith("docker login")]) == 1
    assert "aws ecr get-login-password --region us-east-1" in calls
    (signal,) = _signals(machine)
    assert signal.endswith("--stack verses --region us-east-1 --resource Poem")
    settings = dict(line.split("=", 1) for line in machine.read("opt/duende/.env").splitlines())
    assert settings == {
        "DUENDE_API_IMAGE": IMAGES["ApiImage"],
        "DUENDE_PAGE_IMAGE": IMAGES["PageImage"],
        "DUENDE_SITE": ":80",
        "DUENDE_DATA": "/var/lib/duende",
        "DUENDE_LOG_DRIVER": "awslogs",
        **{
            f"DUENDE_{setting}": str(template()["Mappings"]["Size"]["t4g.small"][field])
            for setting, field in (
                *(("SLOTS", "Slots"), ("QUEUE", "Queue"), ("THREADS", "Threads")),
                *(("API_MEMORY", "ApiMemory"), ("PAGE_MEMORY", "PageMemory")),
            )
        },
    }
    folder = "srv/duende/deploy"
    for file in ("compose.yaml", "Caddyfile"):
        assert machine.read(f"opt/duende/{file}") == f"{IMAGES['ApiImage']}:/{folder}/{file}\n"
    plugin = machine.read("usr/local/lib/docker/cli-plugins/docker-compose")
    assert plugin.startswith("docker/compose-bin:")
    assert "UUID=0-1-2 /var/lib/duende xfs" in machine.read("etc/fstab")
    daemon = json.loads(machine.read("etc/docker/daemon.json"))
    assert daemon["log-opts"]["awslogs-group"] == made.outputs["LogGroup"]
    assert daemon["log-opts"]["tag"] == "{{.Name}}"


def test_the_second_boot_changes_nothing(machine: Machine, made: Made) -> None:
    assert machine.boot(made.script).returncode == 0
    files = ("etc/fstab", "etc/docker/daemon.json", "opt/duende/.env")
    before = [machine.read(each) for each in files]
    machine.now("unreachable", "docker/compose-bin")
    machine.now("complete")  # the stack waits no longer, and says so
    (machine.root / "is" / "mounted").unlink()
    result = machine.boot(made.script)
    assert result.returncode == 0, result.stdout + result.stderr
    assert [machine.read(each) for each in files] == before
    made = [each for each in machine.calls if each.startswith(("mkfs", "mkswap", "dd", "dnf"))]
    assert made == []
    assert "mount /var/lib/duende" in machine.calls


def test_a_volume_with_data_is_not_formatted(machine: Machine, made: Made) -> None:
    machine.now("formatted")
    assert machine.boot(made.script).returncode == 0
    assert not [each for each in machine.calls if each.startswith("mkfs")]


def test_no_poem_fails_the_stack(machine: Machine, made: Made) -> None:
    machine.now("mute", IMAGES["ApiImage"])
    result = machine.boot(made.script)
    assert result.returncode != 0
    assert "duende: failed to write a poem" in result.stdout
    (signal,) = _signals(machine)
    assert signal.startswith("cfn-signal --success false ")


def test_no_volume_and_no_image_fail_the_stack(machine: Machine, made: Made) -> None:
    machine.now("unreachable", IMAGES["PageImage"])
    assert "duende: failed to fetch the images" in machine.boot(made.script).stdout
    (signal,) = _signals(machine)
    assert signal.startswith("cfn-signal --success false ")
    machine.now("fetched", IMAGES["PageImage"])
    assert machine.boot(made.script).returncode == 0
    (volume,) = (machine.root / "dev/disk/by-id").iterdir()
    volume.unlink()
    told = machine.boot(made.script).stdout
    assert f"duende: failed to find the data volume {made.outputs['DataVolume']}" in told
    (signal,) = _signals(machine)
    assert signal.startswith("cfn-signal --success false ")
    assert not [each for each in machine.calls if each.startswith(("mkfs", "mount"))]


def test_an_upgrade_that_writes_no_poem_goes_back(machine: Machine, made: Made) -> None:
    assert machine.boot(made.script).returncode == 0
    before = machine.read("opt/duende/.env")
    new = IMAGES["ApiImage"].replace(":1", ":2")
    machine.now("mute", new)
    upgrade = made.script.replace(IMAGES["ApiImage"], new)
    result = machine.boot(upgrade)
    assert result.returncode != 0
    assert "went back" in result.stdout
    assert machine.read("opt/duende/.env") == before
    assert machine.read("opt/duende/compose.yaml").startswith(IMAGES["ApiImage"])
    machine.run("/opt/duende/health", "us-east-1", "verses")
    assert machine.calls[-1].endswith("--dimensions Stack=verses --value 1")
    machine.now("mute", "nothing")
    assert machine.boot(upgrade).returncode == 0
    assert f"DUENDE_API_IMAGE={new}\n" in machine.read("opt/duende/.env")
    machine.run("/opt/duende/health", "us-east-1", "verses")
    assert machine.calls[-1].endswith("--metric-name Unhealthy --dimensions Stack=verses --value 0")


@pytest.mark.parametrize(
    ("running", "unwell"),
    [
        ("running healthy\nrunning unhealthy\nrunning \n", 1),
        ("running healthy\n", 2),
        ("restarting \nexited \ncreated starting\n", 3),
        ("", 3),
    ],
)
def test_health_counts_the_services_that_are_not_well(
    machine: Machine, made: Made, running: str, unwell: int
) -> None:
    assert machine.boot(made.script).returncode == 0
    machine.now("running", running)
    machine.run("/opt/duende/health", "us-east-1", "verses")
    assert machine.calls[-1].endswith(f"--value {unwell}")


def test_a_domain_is_checked_by_its_name(debian: Path, tmp_path: Path) -> None:
    with cloud():
        stack = Stack(Domain="verses.example.org", InstanceType="t4g.medium")
        assert stack.outputs["Url"] == "https://verses.example.org"
        machine = Machine.make(debian, tmp_path / "root", stack.outputs["DataVolume"])
        assert machine.boot(stack.script).returncode == 0
    assert "DUENDE_SITE=verses.example.org\n" in machine.read("opt/duende/.env")
    check = "duende check https://verses.example.org --patience 600"
    assert [each for each in machine.calls if each.endswith(check)]
    assert not [each for each in machine.calls if each.startswith("mkswap")]
