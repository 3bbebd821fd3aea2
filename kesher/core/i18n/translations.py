"""Update, check and compile the gettext catalogues of every app, without a system gettext.

People edit ``<root>/<app>/locale/<language>/LC_MESSAGES/django.po``; the ``.mo`` beside it is compiled at set-up.
Django merges the catalogues of all apps. So the apps have one plural rule for each language (Django's own, except for
Hebrew), and a message that two apps share is filled in from the one that has it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

import django
import polib  # type: ignore[import-untyped]

from kesher.core.i18n.gettext_extraction import Source, extract

LANGUAGES: Final = ("he", "ar", "ru")
ROOT: Final = Path(__file__).resolve().parents[2]

_WIDTH: Final = 110
# Hebrew counts days in the singular from 11 on ("10 ימים", "11 יום"), for which Django's rule has no form.
_OWN_PLURAL_FORMS: Final = {"he": "nplurals=4; plural=(n == 1) ? 0 : (n == 2) ? 1 : (n > 10) ? 3 : 2;"}
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w*)\}(?!\})")
_PLURAL_COUNT: Final = re.compile(r"nplurals\s*=\s*(\d+)")
Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A message that is missing or wrong in a language, and why."""

    language: str
    app: str
    msgid: str
    why: str

    def __str__(self) -> str:
        """Return the language, the app, the message and what is wrong with it."""
        return f"{self.language} {self.app}: {self.msgid!r} ({self.why})"


def compile_all() -> int:
    """Compile the catalogues of Kesher and of the installation's own apps (KESHER_APPS); return how many."""
    return sum(compile_catalogues(folder) for folder in [ROOT, *own_folders()])


def own_folders() -> list[Path]:
    """Return the folders of the installation's own apps (KESHER_APPS)."""
    folders: list[Path] = []
    for app in os.environ.get("KESHER_APPS", "").split(","):
        spec = find_spec(app.strip()) if app.strip() else None
        folders += [Path(folder) for folder in (spec.submodule_search_locations if spec else None) or ()]
    return folders


def update_all() -> int:
    """Update the catalogues of Kesher and of the installation's own apps; return how many changed."""
    return update(ROOT) + sum(update(folder.parent, apps={folder.name}) for folder in own_folders())


def missing_anywhere() -> list[Missing]:
    """Return what is missing in the catalogues of Kesher and of the installation's own apps (see `missing`)."""
    own = (missing(folder.parent, apps={folder.name}) for folder in own_folders())
    return sorted([*missing(ROOT), *chain.from_iterable(own)])


def compile_catalogues(root: Path) -> int:
    """Compile each ``.po`` under `root` that is newer than its ``.mo``; return how many.

    Each is written to a temporary file and renamed, so that no reader sees half a file. Raise OSError if a ``.po`` is
    broken.
    """
    count = 0
    for po in sorted(root.rglob("locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        hidden = any(part.startswith(".") for part in po.relative_to(root).parts)
        if not hidden and (not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns):
            _compile(po, mo)
            count += 1
    return count


def _compile(po: Path, mo: Path) -> None:
    """Write the ``.mo`` file of a ``.po`` catalogue, with its time and permissions."""
    before = po.stat()
    data = polib.pofile(str(po), encoding="utf-8").to_binary()
    with tempfile.NamedTemporaryFile(dir=mo.parent, suffix=".tmp", delete=False) as file:
        file.write(data)
    made = Path(file.name)
    try:
        # Only its owner can read a temporary file; the server may be another user.
        made.chmod(before.st_mode & 0o666)
        # With the source's time, an edit during the compilation is still newer.
        os.utime(made, ns=(before.st_atime_ns, before.st_mtime_ns))
        made.replace(mo)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def update(root: Path, languages: Sequence[str] = LANGUAGES, apps: Collection[str] = ()) -> int:
    """Update every ``.po`` catalogue, or those of ``apps``, from the messages in the source; return how many changed.

    Translations are kept; those of removed messages move to the end of the file as obsolete. A new message takes the
    translation of another app if there is one. A second run changes nothing. Raise what `extract` raises.
    """
    sources = extract(root, apps)
    changed = 0
    for language in languages:
        updated = sorted(apps or {*sources, *_apps_with(root, language)})
        known = {app: _entries(_path(root, app, language)) for app in updated}
        shared: dict[Key, polib.POEntry] = {}
        for catalogue in known.values():
            for key, entry in catalogue.items():
                if _is_translated(entry):
                    shared.setdefault(key, entry)
        for app in updated:
            messages = sources.get(app, [])
            entries = [_merge_entry(source, known[app], shared, language) for source in messages]
            gone = _obsolete(known[app], {source.key for source in messages})
            changed += _write(_path(root, app, language), language, [*entries, *gone])
    return changed


def missing(root: Path, languages: Sequence[str] = LANGUAGES, apps: Collection[str] = ()) -> list[Missing]:
    """Return the messages (of ``apps``) without a correct translation, by app and language, sorted.

    That is: absent, untranslated, fuzzy, or with other placeholders than the source.
    """
    found: list[Missing] = []
    sources = extract(root, apps)
    for language in languages:
        for app, messages in sources.items():
            entries = _entries(_path(root, app, language))
            for source in messages:
                why = _find_fault(source, entries.get(source.key), language)
                if why:
                    found.append(Missing(language, app, source.msgid, why))
    return sorted(found)


def conflicts(root: Path, languages: Sequence[str] = LANGUAGES) -> list[Missing]:
    """Return the messages that two apps translate differently, sorted: Django shows one of them everywhere."""
    found: list[Missing] = []
    for language in languages:
        first: dict[Key, tuple[str, polib.POEntry]] = {}
        for app in sorted(_apps_with(root, language)):
            for key, entry in _entries(_path(root, app, language)).items():
                if entry.obsolete or not _is_translated(entry):
                    continue
                other, known = first.setdefault(key, (app, entry))
                if (known.msgstr, known.msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                    found.append(Missing(language, app, key[1], f"translated differently in {other}"))
    return sorted(found)


def _path(root: Path, app: str, language: str) -> Path:
    """Return the path of an app's ``.po`` catalogue in a language."""
    return root / app / "locale" / language / "LC_MESSAGES" / "django.po"


def _apps_with(root: Path, language: str) -> set[str]:
    """Return the names of the apps that have a catalogue in this language."""
    return {path.parents[3].name for path in root.glob(f"*/locale/{language}/LC_MESSAGES/django.po")}


def _entries(path: Path) -> dict[Key, polib.POEntry]:
    """Return the entries of a catalogue by context and message; {} if there is no file."""
    if not path.exists():
        return {}
    # An active entry replaces an obsolete one of the same message.
    entries = sorted(polib.pofile(str(path), encoding="utf-8"), key=lambda entry: not entry.obsolete)
    return {(entry.msgctxt, entry.msgid): entry for entry in entries}


@cache
def _plural_forms(language: str) -> str:
    """Return the plural rule of a language: ours if it has one, else that of Django's own catalogue."""
    if language in _OWN_PLURAL_FORMS:
        return _OWN_PLURAL_FORMS[language]
    path = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po"
    return str(polib.pofile(str(path), encoding="utf-8").metadata["Plural-Forms"])


def _plural_count(language: str) -> int:
    """Return the number of plural forms of a language."""
    match = _PLURAL_COUNT.search(_plural_forms(language))
    assert match is not None
    return int(match[1])


def _is_translated(entry: polib.POEntry) -> bool:
    """Return whether an entry is translated in all its forms and not fuzzy."""
    done = all(entry.msgstr_plural.values()) if entry.msgstr_plural else bool(entry.msgstr)
    return done and not entry.fuzzy


def _has_text(entry: polib.POEntry) -> bool:
    """Return whether an entry has any translation to keep."""
    return bool(entry.msgstr or any(entry.msgstr_plural.values()))


def _merge_entry(
    source: Source, known: dict[Key, polib.POEntry], shared: dict[Key, polib.POEntry], language: str
) -> polib.POEntry:
    """Return the entry for a message: its translation here, else another app's, else blank."""
    old = known.get(source.key)
    if old is None or not _has_text(old):
        old = shared.get(source.key, old)
    entry = polib.POEntry(
        msgid=source.msgid, msgctxt=source.context, msgid_plural=source.plural, occurrences=[(source.file, "")]
    )
    if "%(" in source.msgid + source.plural:
        entry.flags.append("python-format")
    if source.plural:
        forms = old.msgstr_plural if old is not None else {}
        entry.msgstr_plural = {index: forms.get(index, "") for index in range(_plural_count(language))}
    elif old is not None:
        entry.msgstr = old.msgstr
    if old is not None:
        entry.tcomment = old.tcomment
        entry.fuzzy = old.fuzzy
    return entry


def _obsolete(known: dict[Key, polib.POEntry], wanted: set[Key]) -> list[polib.POEntry]:
    """Return the translations of messages that are no longer in the source, without blank ones."""
    gone = [entry for key, entry in known.items() if key not in wanted and _has_text(entry)]
    for entry in gone:
        entry.obsolete = True
        entry.occurrences = []
    return gone


def _write(path: Path, language: str, entries: list[polib.POEntry]) -> int:
    """Write an app's ``.po`` catalogue; return 1 if its content changed, else 0."""
    old = path.read_text("utf-8") if path.exists() else ""
    catalogue = polib.POFile(wrapwidth=_WIDTH)
    catalogue.metadata = {
        "Project-Id-Version": "kesher",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": _plural_forms(language),
    }
    catalogue.extend(entries)
    new = f"{catalogue}".rstrip("\n") + "\n"
    if new == old or (not old and not entries):
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new, "utf-8")
    return 1


def _find_fault(source: Source, entry: polib.POEntry | None, language: str) -> str | None:
    """Return a text about what is wrong with a message's translation, or None."""
    if entry is None or entry.obsolete:
        return "not in the catalogue"
    if entry.fuzzy:
        return "fuzzy"
    if entry.msgid_plural != source.plural:
        return "its plural changed"
    forms = list(_forms(source, entry, language))
    if not all(forms):
        return "a plural form is untranslated" if source.plural and any(forms) else "untranslated"
    if not all(_same_placeholders(source, form) for form in forms):
        return "its placeholders differ from the source"
    return None


def _forms(source: Source, entry: polib.POEntry, language: str) -> Iterator[str]:
    """Yield the forms of a message's translation: one, or one for each plural."""
    if not source.plural:
        yield str(entry.msgstr)
        return
    for index in range(_plural_count(language)):
        yield str(entry.msgstr_plural.get(index, ""))


def _same_placeholders(source: Source, form: str) -> bool:
    """Return whether a translation has only placeholders of its message, and no stray "%".

    Outside plurals ("one signer") none may be left out either.
    """
    given, used = _placeholders(source.msgid + source.plural), _placeholders(form)
    if not used <= given or (not source.plural and used != given):
        return False
    if "%(" not in source.msgid + source.plural:
        return True
    try:
        form % _Anything()
    except (TypeError, ValueError):
        return False
    return True


def _placeholders(text: str) -> set[str]:
    """Return the placeholders in a message, such as "%(name)s"."""
    return {match[0] for match in _PLACEHOLDER.finditer(text)}


class _Anything(dict[str, int]):
    """A dictionary with a value for every placeholder, to test the format of a text."""

    def __missing__(self, key: str) -> int:
        """Return a number for every placeholder."""
        return 0
