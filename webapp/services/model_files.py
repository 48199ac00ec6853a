"""Model versions as files: export as a zip, import of a zip or a folder that `spotcore check-model` found usable.

Nothing is unpickled here or there. What is imported is copied under models/ before it is registered, so the original
may be moved or changed afterwards.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from db.session import Database
from spotcore.shipped_model import SHIPPED_FOLDER
from webapp.services import audit, registry
from webapp.services.errors import NotFound, Refused
from webapp.services.model_card import model_card
from webapp.settings import Settings
from webapp.values.registry import SHIPPED_PATH, ModelVersion

WEIGHTS, DESCRIPTION, CARD = "model.safetensors", "model.json", "MODEL_CARD.md"
MOST_BYTES = {WEIGHTS: 1_000_000_000, DESCRIPTION: 10_000_000}
CHECK_SECONDS = 300
_PIECE = 1 << 20
ROOT = Path(__file__).parents[2]


def export_version(database: Database, settings: Settings, version_id: int, study_id: int | None = None) -> bytes:
    """A zip that `import_version` of another Glint reads: weights, description, model card.

    Args:
        study_id: as `model_card` takes it.

    Raises:
        NotFound: no such version, or its files are gone.
        Refused: the training-free baseline has no files.
    """
    version = registry.get_version(database, version_id)
    folder = folder_of(version, settings)
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / WEIGHTS, WEIGHTS)
            archive.writestr(DESCRIPTION, _without_people(folder / DESCRIPTION))
            archive.writestr(CARD, model_card(database, settings, version_id, study_id))
    except OSError as error:
        raise NotFound(f"The files of {version.name} cannot be read: {error.strerror}.") from error
    return target.getvalue()


def _without_people(description: Path) -> str:
    """The description without the codes of the subjects it learned from: those stay in this installation."""
    stored = json.loads(description.read_text(encoding="utf-8"))
    if isinstance(stored.get("training"), dict):
        stored["training"].pop("roles", None)
    return json.dumps(stored, indent=1, ensure_ascii=False)


def folder_of(version: ModelVersion, settings: Settings) -> Path:
    """Where the checkpoint of a version lies; Refused for the baseline, which has none."""
    if version.checkpoint_path is None:
        raise Refused(f"{version.name} has no files: it learned nothing.")
    return SHIPPED_FOLDER if version.checkpoint_path == SHIPPED_PATH else settings.located(version.checkpoint_path)


def import_version(
    database: Database, settings: Settings, source: Path | bytes, name: str = "", by: int | None = None
) -> int:
    """Check a checkpoint from elsewhere and register it with the origin "imported"; returns the version's id.

    Args:
        source: a folder, a zip file, or the bytes of one.
        name: of the new version; one is found where it is empty.
        by: annotator who asks.

    Raises:
        Refused: with a sentence about what is wrong with it, or who has these weights already.
    """
    staged = settings.data_dir / "models" / f"import-{uuid.uuid4().hex}.part"
    try:
        staged.mkdir(parents=True)
        _stage(source, staged)
        claimed = _claimed(staged)  # the check compares it with the weights
        known = [v.name for v in registry.list_versions(database) if v.checkpoint_sha256 == claimed]
        if claimed and known:
            raise Refused(f"These weights are registered already, as {known[0]}.")
        found = check(staged)
        kept = settings.data_dir / "models" / f"imported-{found['sha256'][:16]}"
        shutil.rmtree(kept, ignore_errors=True)  # of an import that was killed before it registered
        staged.replace(kept)
        version_id = registry.register_version(
            database, architecture=found["architecture"], settings=found["settings"], name=name.strip() or None,
            checkpoint_path=settings.stored(kept), checkpoint_sha256=found["sha256"], scores={},
            note="Imported from a file; its scores elsewhere say nothing about your footage.",
            lineage={"origin": "imported", **{n: found[n] for n in ("label_set", "seconds", "training", "notes",
                                                                  "calibration")}},
        )  # fmt: skip
        with database.begin() as session:
            audit.note(session, by, None, "import version", {"version_id": version_id, "sha256": found["sha256"]})
        return version_id
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _claimed(folder: Path) -> str | None:
    """The hash that a description names; None where it is no description, which the check then says."""
    try:
        return str(json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check(folder: Path) -> Mapping[str, Any]:
    """What `spotcore check-model` says about a folder, in a process of its own: this one never loads torch.

    Raises:
        Refused: with the sentence of the check.
    """
    command = [sys.executable, "-m", "spotcore", "check-model", str(folder), "--json"]
    try:
        answer = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Refused("Checking the checkpoint took too long; it was not imported.") from error
    if answer.returncode == 0:
        return json.loads(answer.stdout.splitlines()[-1])
    lines = [line for line in answer.stderr.splitlines() if line.startswith("check-model: ")]
    said = lines[-1].removeprefix("check-model: ").replace(f"{folder}/", "") if lines else "it could not be read"
    raise Refused(f"The checkpoint was not imported: {said}.")


def _stage(source: Path | bytes, folder: Path) -> None:
    """Copy the two files of a checkpoint into an empty folder, whatever else there is stays outside."""
    if isinstance(source, Path) and source.is_dir():
        for name, most in MOST_BYTES.items():
            path = source / name
            if not path.is_file():
                raise Refused(f"{name} is missing in {source}.")
            if path.stat().st_size > most:
                raise Refused(_too_large(name))
            shutil.copyfile(path, folder / name)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            for name, entry in _wanted(archive).items():
                _copy(archive, entry, folder / name)
    except FileNotFoundError as error:
        raise Refused(f"There is no file or folder {source}.") from error
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise Refused(f"This is no whole zip file of a model version: {error}.") from error


def _wanted(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries of the two files, at the top or in one folder; names are compared, never used as paths."""
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise Refused(f"The zip file holds a path that leads out of it ({entry.filename}); nothing was unpacked.")
        if len(parts) <= 2 and parts[-1] in MOST_BYTES:
            if parts[-1] in found:
                raise Refused(f"The zip file holds {parts[-1]} twice.")
            if entry.file_size > MOST_BYTES[parts[-1]]:
                raise Refused(_too_large(parts[-1]))
            found[parts[-1]] = entry
    missing = [name for name in MOST_BYTES if name not in found]
    if missing:
        raise Refused(f"The zip file lacks {' and '.join(missing)}: export a version to see what belongs in one.")
    return found


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Unpack one entry, counting what really comes: a header may say less."""
    most, done = MOST_BYTES[target.name], 0
    with archive.open(entry) as given, target.open("wb") as file:
        while piece := given.read(_PIECE):
            done += len(piece)
            if done > most:
                raise Refused(_too_large(target.name))
            file.write(piece)


def _too_large(name: str) -> str:
    return f"{name} is larger than {MOST_BYTES[name] // 1_000_000} MB, which no network of Glint is."
