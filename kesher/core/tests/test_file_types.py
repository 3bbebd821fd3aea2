"""What a file is, and what it may be called."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from kesher.core.files.file_types import OFFICE, OPEN_XML, fitting_name, sniff

WORD, SHEET = f"{OPEN_XML}wordprocessingml.document", f"{OPEN_XML}spreadsheetml.sheet"


def packed(**entries: str) -> bytes:
    """A zip file with these entries; ``contents`` is the list of contents, by what is in the office file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr("[Content_Types].xml" if name == "contents" else name, text)
    return out.getvalue()


def listing(mime: str) -> str:
    return f'<Types><Override PartName="/main.xml" ContentType="{mime}"/></Types>'


@pytest.mark.parametrize(
    ("name", "mime", "kept"),
    [
        ("a.html", "text/plain", "a.txt"),
        ("a.txt", "text/plain", "a.txt"),
        ("list.CSV", "text/plain", "list.CSV"),
        ("run.bat", "text/plain", "run.txt"),
        ("run.ps1", "text/plain", "run.txt"),
        ("a.exe", "application/pdf", "a.pdf"),
        ("a.pdf.exe", "application/pdf", "a.pdf"),
        ("a.pdf.", "application/pdf", "a.pdf"),
        ("a.exe .", "application/pdf", "a.pdf"),
        ("a\u202efdp.exe", "application/pdf", "afdp.pdf"),
        ("a.pdf:x.exe", "application/pdf", "a.pdfx.pdf"),
        ("טופס", "application/pdf", "טופס.pdf"),
        ("גרסה 1.2", "application/pdf", "גרסה 1.2.pdf"),
        ("Заявка.PDF", "application/pdf", "Заявка.PDF"),
        ("hole.jpeg", "image/webp", "hole.webp"),
        ("a.docx", "application/zip", "a.zip"),
        ("a.docm", "application/zip", "a.zip"),
        ("a.zip", WORD, "a.docx"),
        ("a.xlsx", SHEET, "a.xlsx"),
        ("a.htm", "application/msword", "a.doc"),
        ("a.svg", "audio/ogg", "a.ogg"),
        ("", "application/pdf", ""),
        ("...", "application/pdf", ""),
        ("a" * 300, "application/pdf", "a" * 196 + ".pdf"),
    ],
)
def test_a_name_ends_as_its_bytes_do(name: str, mime: str, kept: str) -> None:
    assert fitting_name(name, mime) == kept


@pytest.mark.parametrize(("part", "mime"), OFFICE.items())
def test_an_office_file_is_known_by_its_own_list_of_contents(part: str, mime: str) -> None:
    assert sniff(packed(contents=listing(part))) == (mime, "document")
    assert sniff(packed(contents=listing(part.replace("main", "macroEnabled.main")))) == ("application/zip", "document")


def test_an_open_document_names_its_type_first() -> None:
    assert sniff(packed(mimetype="application/vnd.oasis.opendocument.text")) == (
        "application/vnd.oasis.opendocument.text", "document",
    )  # fmt: skip
    assert sniff(packed(mimetype="text/html"))[0] == "application/zip"


@pytest.mark.parametrize(
    "content",
    [
        packed(x="program"),
        packed(contents="no list"),
        b"PK\x03\x04",
        packed(contents=listing(next(iter(OFFICE))))[:-30],
        packed(contents=listing("x"), y="x").replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
)
def test_any_other_zip_is_a_zip_and_stays_unopened(content: bytes) -> None:
    assert sniff(content) == ("application/zip", "document")


def test_a_bomb_is_not_unpacked_and_a_giant_directory_is_not_read() -> None:
    began = time.process_time()
    assert sniff(packed(contents="x" * 50_000_000)) == ("application/zip", "document")
    assert sniff(packed(**{f"f{n}": "" for n in range(20_000)}, contents=listing("x"))) == (
        "application/zip",
        "document",
    )
    assert time.process_time() - began < 10
