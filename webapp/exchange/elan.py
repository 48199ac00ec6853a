"""ELAN: one .eaf file per video, in milliseconds from the frame table; several files travel in a .zip.

Every annotator has a tier of intervals ("expression (NAME)", values macro and micro) with child tiers for what else is
said about each (symbolic association), and a tier of apexes, each as long as its frame. Rejections keep their reason in
the status. Files of others are read too: any tier whose values are macro and micro, child tiers or not.

Format: EAF 3.0 as its schema describes it (mpi.nl/tools/elan/EAFv3.0.xsd).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.exchange.label_rows import BadTable, cells
from webapp.exchange.material import Material, Rows, Source, lanes
from webapp.exchange.zips import members
from webapp.services.outside_labels import OutsideLabel, Target

TYPES = ("macro", "micro")
CHILDREN = ("status", "action units", "emotion", "confidence", "note")
_COLUMN = {name: name.replace(" ", "_") for name in CHILDREN}
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"


def write(material: Material) -> bytes:
    """A .zip with one .eaf file for every video that has labels."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, labels in material.by_video().items():
            if labels:
                archive.writestr(f"{_safe(title)}.eaf", write_one(material, title, labels))
    return packed.getvalue()


def write_one(material: Material, title: str, labels: Iterable[OutsideLabel]) -> bytes:
    """The .eaf file of one video."""
    document = _Document(material, title)
    people: dict[str, list[OutsideLabel]] = {}
    for label in labels:
        people.setdefault(label.annotator, []).append(label)
    for annotator, own in sorted(people.items()):
        document.tiers(annotator, own)
    return document.finished()


class _Document:
    """An .eaf file in the making."""

    def __init__(self, material: Material, title: str) -> None:
        self.clock, self.title = material.clock(title), title
        ElementTree.register_namespace("xsi", _SCHEMA)
        self.root = ElementTree.Element("ANNOTATION_DOCUMENT", {
            "AUTHOR": "", "DATE": material.made_at.isoformat(timespec="seconds"), "FORMAT": "3.0", "VERSION": "3.0",
            f"{{{_SCHEMA}}}noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        })  # fmt: skip
        header = ElementTree.SubElement(self.root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
        name = _safe(title)
        ElementTree.SubElement(header, "MEDIA_DESCRIPTOR", {
            "MEDIA_URL": f"./{name}", "RELATIVE_MEDIA_URL": f"./{name}", "MIME_TYPE": "video/*",
        })  # fmt: skip
        self.order = ElementTree.SubElement(self.root, "TIME_ORDER")
        self.slots = self.made = 0

    def tiers(self, annotator: str, labels: Iterable[OutsideLabel]) -> None:
        """Intervals, apexes and what is said about them, of one annotator. ELAN allows no overlap within a tier."""
        for number, lane in enumerate(lanes(labels)):
            suffix = f" ({annotator})" if not number else f" ({annotator}) {number + 1}"
            parent = self._tier(f"expression{suffix}", "expression", annotator)
            names = {
                name: self._tier(f"{name}{suffix}", "detail", annotator, parent.get("TIER_ID")) for name in CHILDREN
            }
            apexes = self._tier(f"apex{suffix}", "expression", annotator)
            for label in lane:
                made = self._aligned(parent, label.type, self.clock.begins(label.onset), self.clock.ends(label.offset))
                row = cells(label)
                for name, tier in names.items():
                    if row[_COLUMN[name]]:
                        self._said(tier, row[_COLUMN[name]], made)
                if label.apex is not None:
                    self._aligned(apexes, "apex", self.clock.begins(label.apex), self.clock.ends(label.apex))

    def finished(self) -> bytes:
        """The file, with its types behind its tiers as the schema orders them."""
        ElementTree.SubElement(self.root, "LINGUISTIC_TYPE", {
            "LINGUISTIC_TYPE_ID": "expression", "TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false",
        })  # fmt: skip
        ElementTree.SubElement(self.root, "LINGUISTIC_TYPE", {
            "LINGUISTIC_TYPE_ID": "detail", "TIME_ALIGNABLE": "false", "GRAPHIC_REFERENCES": "false",
            "CONSTRAINTS": "Symbolic_Association",
        })  # fmt: skip
        ElementTree.SubElement(self.root, "CONSTRAINT", {
            "STEREOTYPE": "Symbolic_Association", "DESCRIPTION": "1-1 association with a parent annotation",
        })  # fmt: skip
        ElementTree.indent(self.root)
        return ElementTree.tostring(self.root, encoding="utf-8", xml_declaration=True)

    def _tier(self, name: str, kind: str, annotator: str, parent: str | None = None) -> ElementTree.Element:
        about = {"TIER_ID": _text(name), "LINGUISTIC_TYPE_REF": kind, "ANNOTATOR": _text(annotator)}
        return ElementTree.SubElement(self.root, "TIER", about | ({"PARENT_REF": parent} if parent else {}))

    def _aligned(self, tier: ElementTree.Element, value: str, begin: int, end: int) -> str:
        holder = ElementTree.SubElement(tier, "ANNOTATION")
        self.made += 1
        name = f"a{self.made}"
        about = {"ANNOTATION_ID": name, "TIME_SLOT_REF1": self._slot(begin), "TIME_SLOT_REF2": self._slot(end)}
        made = ElementTree.SubElement(holder, "ALIGNABLE_ANNOTATION", about)
        ElementTree.SubElement(made, "ANNOTATION_VALUE").text = value
        return name

    def _said(self, tier: ElementTree.Element, value: str, about: str) -> None:
        holder = ElementTree.SubElement(tier, "ANNOTATION")
        self.made += 1
        made = ElementTree.SubElement(
            holder, "REF_ANNOTATION", {"ANNOTATION_ID": f"a{self.made}", "ANNOTATION_REF": about}
        )
        ElementTree.SubElement(made, "ANNOTATION_VALUE").text = _text(value)

    def _slot(self, milliseconds: int) -> str:
        self.slots += 1
        name = f"ts{self.slots}"
        ElementTree.SubElement(self.order, "TIME_SLOT", {"TIME_SLOT_ID": name, "TIME_VALUE": str(milliseconds)})
        return name


def read(source: Source) -> Rows:
    """Rows of an .eaf file, or of all .eaf files in a .zip.

    Raises:
        BadTable: no such file, damaged, or without a tier of macro and micro; or its video is not in the study.
    """
    if source.data[:2] == b"PK":
        found: Rows = []
        for name, data in members(source.name, source.data, ".eaf"):
            found += _read_one(name, data, source)
        return found
    return _read_one(source.name, source.data, source)


def _read_one(name: str, data: bytes, source: Source) -> Rows:
    try:
        root = fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadTable([f"{name}: expected an ELAN file (XML), reading it failed: {error}"]) from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise BadTable([f"{name}: expected an ELAN file with the root ANNOTATION_DOCUMENT, got {root.tag[:100]!r}"])
    video = source.video_named(_media_name(root, name, source), name)
    file = _File(name, root)
    rows: Rows = []
    for tier in root.iterfind("TIER"):
        values = {_value(one).strip().lower() for one in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION")}
        if values and values <= set(TYPES):
            rows += file.rows(tier, video, source)
    if not rows:
        raise BadTable([f"{name}: no tier whose values are all macro or micro"])
    return rows


class _File:
    """An .eaf file that is read: its times, what is said about its annotations, and its tiers of apexes."""

    def __init__(self, name: str, root: ElementTree.Element) -> None:
        self.name, self.root = name, root
        slots = root.iterfind("TIME_ORDER/TIME_SLOT")
        self.times = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in slots}

    def rows(self, tier: ElementTree.Element, video: Target, source: Source) -> Rows:
        clock = source.clock(video.title)
        tier_id = tier.get("TIER_ID") or ""
        details = self._details(tier_id)
        apexes = self._apexes(tier_id)
        rows: Rows = []
        for one in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
            identity = one.get("ANNOTATION_ID") or "?"
            where = f"{self.name}, annotation {identity} of the tier {tier_id[:100]}"
            begin, end = self._span(one, where)
            onset, offset = clock.frame_beginning(begin), clock.frame_ending(end)
            peak = next((middle for middle in apexes if begin <= middle < end), None)
            row = {"video": video.title, "type": _value(one), "onset": str(onset), "offset": str(max(onset, offset)),
                   "annotator": tier.get("ANNOTATOR") or ""}  # fmt: skip
            if peak is not None:
                row["apex"] = str(min(max(clock.frame_ending(peak + 0.5), onset), offset))
            rows.append((where, row | details.get(identity, {})))
        return rows

    def _details(self, parent: str) -> dict[str, dict[str, str]]:
        """Annotation -> column -> what the child tiers say."""
        found: dict[str, dict[str, str]] = {}
        for tier in self.root.iterfind("TIER"):
            name = next((n for n in CHILDREN if (tier.get("TIER_ID") or "").startswith(f"{n} (")), None)
            if tier.get("PARENT_REF") != parent or name is None:
                continue
            for one in tier.iterfind("ANNOTATION/REF_ANNOTATION"):
                found.setdefault(one.get("ANNOTATION_REF") or "", {})[_COLUMN[name]] = _value(one)
        return found

    def _apexes(self, parent: str) -> list[float]:
        """Middles, in milliseconds, of the apexes that belong to a tier of intervals."""
        wanted = "apex" + parent.removeprefix("expression")
        for tier in self.root.iterfind("TIER"):
            if parent.startswith("expression") and tier.get("TIER_ID") == wanted:
                spans = [self._span(one, f"{self.name}, an apex") for one in
                         tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION")]  # fmt: skip
                return [(begin + end) / 2 for begin, end in spans]
        return []

    def _span(self, one: ElementTree.Element, where: str) -> tuple[int, int]:
        texts = [self.times.get(one.get(f"TIME_SLOT_REF{n}")) for n in (1, 2)]
        if not all(text and text.isascii() and text.isdigit() and len(text) < 13 for text in texts):
            raise BadTable([f"{where}: expected two times in whole milliseconds, got {texts[0]!r} and {texts[1]!r}"])
        begin, end = int(texts[0]), int(texts[1])
        if end < begin:
            raise BadTable([f"{where}: ends at {end} ms, before it begins at {begin} ms"])
        return begin, end


def _media_name(root: ElementTree.Element, name: str, source: Source) -> str:
    """What the file says that it annotates; the name of the file itself where it says nothing that is known."""
    stem = PurePosixPath(name.replace("\\", "/")).name.removesuffix(".eaf")
    if stem in source.videos:
        return stem
    descriptor = root.find("HEADER/MEDIA_DESCRIPTOR")
    return (descriptor.get("MEDIA_URL") if descriptor is not None else "") or stem


def _value(one: ElementTree.Element) -> str:
    return one.findtext("ANNOTATION_VALUE") or ""


def _text(text: str) -> str:
    """What XML 1.0 can hold; other control characters have no place in it and become a space."""
    return "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else " " for c in text)


def _safe(title: str) -> str:
    return _text(title).replace("/", "_").replace("\\", "_")


