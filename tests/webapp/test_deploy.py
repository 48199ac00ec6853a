"""The files for servers: they are well-formed, and what they start exists. Nothing is deployed here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from webapp import queueing
from webapp.settings import Settings
from webapp.worker import read_arguments

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "webapp" / "deploy"


@pytest.mark.parametrize("unit", sorted(path.name for path in DEPLOY.glob("*.service")))
def test_systemd_finds_nothing_wrong_with_a_unit(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    text = (DEPLOY / unit).read_text()
    text = text.replace("/opt/glint/.venv/bin/python", sys.executable).replace("User=glint", "User=root")
    # An instance of a template, as it would be started.
    path = tmp_path / unit.replace("@", "@0")
    path.write_text(text.replace("/etc/glint.env", "-/etc/glint.env"))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)], capture_output=True, text=True
    )
    assert (found.returncode, found.stderr) == (0, "")


def commands():
    """(file, the words after `python -m`) of everything that the files start."""
    for path in sorted(DEPLOY.iterdir()):
        text = path.read_text().replace("\\\n", " ")
        for words in re.findall(r"(?:ExecStart=|srun ).*?python -m (.*)", text):
            yield path.name, words
    for name, service in yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].items():
        if "command" in service:
            assert service["command"][:2] == ["python", "-m"], name
            yield "compose.yaml", " ".join(service["command"][2:])


def test_what_the_files_start_takes_the_arguments_they_give():
    found = list(commands())
    assert {name for name, _ in found} == {
        "compose.yaml", "glint-web.service", "glint-worker@.service", "glint-workers.sbatch"
    }  # fmt: skip
    for name, words in found:
        module, *arguments = words.replace('"', "").split()
        assert module in ("webapp", "webapp.worker"), name
        if module == "webapp.worker":
            assert set(read_arguments(arguments).kinds) <= set(queueing.KINDS)
        else:
            assert arguments == []


def test_the_services_of_the_compose_file_share_database_data_and_image():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"database", "web", "worker"}
    for name in ("web", "worker"):
        environment = services[name]["environment"]
        filled = {key: re.sub(r"\$\{.*?\}", "x", str(value)) for key, value in environment.items()}
        settings = Settings.from_environment(filled)
        assert settings.database_url.startswith("postgresql+psycopg://glint:x@")
        assert services[name]["volumes"] == ["data:/data"]
        assert str(settings.data_dir) == "/data"
        assert read_arguments([], settings.kinds).kinds
    build = services["web"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve().is_file()


def test_the_cluster_script_is_a_shell_script_without_mistakes():
    assert subprocess.run(["bash", "-n", DEPLOY / "glint-workers.sbatch"], check=False).returncode == 0
