"""The three lists of requirements say the same: pyproject.toml, environment.yml, requirements.lock."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"python-duckdb": "duckdb", "matplotlib-base": "matplotlib"}


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {canonicalize_name(r.name): r for r in map(Requirement, project["dependencies"])}


def locked() -> dict[str, set[str]]:
    """Every pinned version of a package: a universal lock may hold one per Python version."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9._-]+)==([^\s;\\]+)",
        (ROOT / "requirements.lock").read_text(),
        re.MULTILINE | re.IGNORECASE,
    ):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def test_environment_yml_equals_pyproject() -> None:
    environment = YAML(typ="safe").load((ROOT / "environment.yml").read_text())
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert "-e .[test]" in pip
    listed = {}
    for text in [*conda, *(p for p in pip if not p.startswith("-e"))]:
        requirement = Requirement(text)
        listed[canonicalize_name(CONDA_NAMES.get(requirement.name, requirement.name))] = requirement.specifier
    python = listed.pop("python")
    listed.pop("pip")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert str(python) == project["requires-python"]
    assert listed == {name: requirement.specifier for name, requirement in declared().items()}


def test_lock_satisfies_every_requirement() -> None:
    pins = locked()
    for name, requirement in declared().items():
        assert name in pins, f"{name} is missing from requirements.lock: make lock"
        assert all(requirement.specifier.contains(v) for v in pins[name]), f"{name}: lock has {pins[name]}"


def test_lock_has_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    assert all("--hash=sha256:" in block for block in blocks)
