"""The house: who may import whom, what loads at import, and that the docs tell today's truth."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import duende
from duende import cli, errors
from duende.composer import request
from duende.service.schemas import PoemCreate

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "duende"

# Each room and the rooms that it may import from; those that are left out hold nothing back.
BELOW = {
    "poem": set(),
    "errors": set(),
    "settings": {"errors", "ports"},
    "ports": {"errors"},
    "language": {"poem", "errors"},
    "poetics": {"poem", "errors"},
    "corpus": {"poem", "errors", "language", "poetics"},
    "voice": {"poem", "errors", "language", "poetics"},
    "composer": {"poem", "errors", "language", "poetics", "voice", "settings"},
    "evaluation": {
        *("poem", "errors", "language", "poetics", "corpus", "voice", "composer", "training")
    },
    "service": {"poem", "errors", "language", "poetics", "voice", "composer", "settings", "ports"},
    "page": {"poem", "errors", "language", "settings", "ports"},
}
HEAVY = (
    *("torch", "transformers", "xllamacpp", "streamlit", "fastapi", "numpy", "py3langid", "gguf"),
    *("pyarrow", "matplotlib", "scrapy", "ray", "datasets", "pydantic"),
)


def _imports(path: Path) -> set[str]:
    """The rooms of ours that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        else:
            continue
        for name in names:
            if name.startswith("duende."):
                room = name.split(".")[1]
                exists = (SOURCE / room).is_dir() or (SOURCE / f"{room}.py").is_file()
                found.add(room if exists else "the door")
    return found


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_only_from_the_floors_below(room: str) -> None:
    modules = [*SOURCE.glob(f"{room}.py"), *SOURCE.glob(f"{room}/**/*.py")]
    assert modules
    for module in modules:
        extra = _imports(module) - BELOW[room] - {room}
        # The door names the version, which the API tells.
        assert extra <= ({"the door"} if room == "service" else set()), (module, extra)


@pytest.mark.parametrize("what", ["import duende", "import duende.cli"])
def test_nothing_heavy_loads_at_import(what: str) -> None:
    script = f"import sys; {what}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


def test_the_door_says_what_it_exports() -> None:
    public = {
        name
        for name, value in vars(duende).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "").startswith("duende")
        and name not in sys.modules
    }
    assert public == set(duende.__all__) == set(dir(duende)) & set(duende.__all__)


def test_every_door_has_the_same_defaults() -> None:
    """In Python, on the command line and over HTTP a poem is asked for in the same way."""

    def defaults(function: Callable[..., object]) -> dict[str, object]:
        parameters = inspect.signature(function).parameters.values()
        return {each.name: each.default for each in parameters if each.name != "first_line"}

    asked = defaults(request.ask)
    assert defaults(duende.compose) == defaults(duende.stream) == asked
    line = defaults(cli.compose)
    assert {name: line[name] for name in asked} == asked
    fields = PoemCreate.model_fields
    assert {name: fields[name].default for name in asked} == asked


def test_the_error_tree_on_the_page_is_the_real_one() -> None:
    tree = re.findall(r"[├└│ ─]*(\w+)  ", errors.__doc__ or "")
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(re.findall(r"─ (\w+)", errors.__doc__ or "")) | {"DuendeError"} == classes, tree


def test_every_module_and_public_name_is_described() -> None:
    for path in SOURCE.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(module), path
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"


def test_no_module_is_longer_than_a_room() -> None:
    for path in SOURCE.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in SOURCE.rglob("*.py"):
        if path.name not in ("__init__.py", "__main__.py"):
            assert path.stem in text, path


def test_every_dependency_is_pinned_and_explained() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    names = {re.split(r"[\[<>=]", each)[0] for each in [*project["dependencies"], *extras]}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    reasons = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name in names - {"duende"}:
        assert f"\n{name.lower().replace('_', '-')}==" in f"\n{pins}", name
        assert name in reasons, f"ARCHITECTURE.md gives no reason for {name}"


def test_the_command_line_page_is_current() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "typer", "duende.cli", "utils", "docs", "--name", "duende"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ROOT / "docs" / "cli.md").read_text(
        encoding="utf-8"
    ).strip() == result.stdout.strip(), "run `make docs`"


def test_python_in_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()
