import gettext
import os
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest

from kesher.core.i18n.gettext_extraction import Source, extract
from kesher.core.i18n.translations import (
    LANGUAGES,
    compile_all,
    compile_catalogues,
    conflicts,
    missing,
    missing_anywhere,
    update,
    update_all,
)

CODE = """
from django.utils.translation import gettext as _, ngettext_lazy as several, pgettext
from django.utils import translation

title = _("Send")
long = _("one " "message " + "in pieces")
count = several("%(n)s signer", "%(n)s signers", "n")
verb = pgettext("verb", "open")
other = translation.gettext_lazy("Through the module")
nested = _("Outer") % {"inner": _("Inner")}
unknown = _(title)
_ignored = self._("not a call of ours")
"""

PAGE = """{% load i18n %}
<h1>{% translate "Petitions" %}</h1> {{ _("Menu") }} {{ name|default:_("Nobody") }}
{% translate "open" context "verb" %} {% include "a.html" with title=_("All of them") %}
{% translate "100% yours" %}
{% blocktranslate trimmed with name=person.name %}
    Hello {{ name }},
    welcome
{% endblocktranslate %}
{% blocktranslate count n=signers %}{{ n }} signer{% plural %}{{ n }} signers{% endblocktranslate %}
{# translate "In a comment" #} <script>gettext("not ours")</script>
{% translate 'It is "quoted"' %}"""


def house(root: Path, **files: str) -> Path:
    """A root with one file an app: house(tmp, petitions='_("Sign")')."""
    for app, code in files.items():
        (root / app).mkdir(parents=True, exist_ok=True)
        (root / app / "views.py").write_text(code, "utf-8")
    return root


def catalogue(root: Path, app: str, language: str = "he") -> Path:
    return root / app / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(root: Path, app: str, words: dict[str, str], language: str = "he") -> Path:
    path = catalogue(root, app, language)
    po = polib.pofile(str(path))
    for msgid, msgstr in words.items():
        po.find(msgid).msgstr = msgstr
    po.save()
    return path


def messages(root: Path, app: str = "petitions") -> list[str]:
    return [source.msgid for source in extract(root)[app]]


def faults(root: Path) -> dict[str, str]:
    return {entry.msgid: entry.why for entry in missing(root, ["he"])}


def test_calls_are_found_in_code_in_their_order(tmp_path: Path) -> None:
    found = extract(house(tmp_path, petitions=CODE))["petitions"]
    file = f"{tmp_path.name}/petitions/views.py"
    assert found == [
        Source("Send", file=file),
        Source("one message in pieces", file=file),
        Source("%(n)s signer", plural="%(n)s signers", file=file),
        Source("open", context="verb", file=file),
        Source("Through the module", file=file),
        Source("Outer", file=file),
        Source("Inner", file=file),
    ]


def test_tags_are_found_in_templates(tmp_path: Path) -> None:
    page = tmp_path / "petitions" / "templates" / "petitions" / "list.html"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE, "utf-8")
    found = {(source.context, source.msgid, source.plural) for source in extract(tmp_path)["petitions"]}
    assert found == {
        *(
            (None, words, "")
            for words in ("Petitions", "Menu", "Nobody", "All of them", "100%% yours", 'It is "quoted"')
        ),
        (None, "Hello %(name)s, welcome", ""),
        (None, "%(n)s signer", "%(n)s signers"),
        ("verb", "open", ""),
    }


def test_messages_belong_to_the_app_that_holds_the_file(tmp_path: Path) -> None:
    house(tmp_path, **{"channels/sms": '_("Parts")', "core": '_("Menu")'})
    assert {app: [s.msgid for s in found] for app, found in extract(tmp_path).items()} == {
        "channels": ["Parts"],
        "core": ["Menu"],
    }


@pytest.mark.parametrize(
    "place", ["petitions/tests/test_a.py", "petitions/migrations/a.py", "petitions/test_a.py", "a.py"]
)
def test_tests_and_migrations_are_not_for_translators(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text('_("Nobody reads this")', "utf-8")
    assert extract(tmp_path) == {}


def test_an_f_string_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError, match=r"f-string.*views\.py, line 2"):
        extract(house(tmp_path, petitions='x = 1\n_(f"Hello {name}")'))


def test_a_block_tag_inside_a_message_is_refused_with_its_place(tmp_path: Path) -> None:
    page = house(tmp_path, petitions="") / "petitions" / "templates" / "a.html"
    page.parent.mkdir()
    page.write_text("{% blocktranslate %}{% if x %}{% endif %}{% endblocktranslate %}", "utf-8")
    with pytest.raises(SyntaxError, match=r"a\.html"):
        extract(tmp_path)


def test_a_message_with_and_without_plural_is_one_entry(tmp_path: Path) -> None:
    house(tmp_path, petitions='_("one")\nngettext("one", "many", n)')
    assert [(s.msgid, s.plural) for s in extract(tmp_path)["petitions"]] == [("one", "many")]


def test_a_catalogue_is_made_for_each_language(tmp_path: Path) -> None:
    house(tmp_path, petitions=CODE)
    assert update(tmp_path) == len(LANGUAGES)
    assert [len(polib.pofile(str(catalogue(tmp_path, "petitions", lang)))) for lang in LANGUAGES] == [7] * len(
        LANGUAGES
    )


def test_a_second_update_changes_nothing(tmp_path: Path) -> None:
    house(tmp_path, petitions=CODE, empty="")
    update(tmp_path)
    assert update(tmp_path) == 0
    assert not catalogue(tmp_path, "empty").exists()


@pytest.mark.parametrize(("language", "forms"), [("he", 4), ("ar", 6), ("ru", 4)])
def test_each_language_has_one_plural_rule(tmp_path: Path, language: str, forms: int) -> None:
    update(house(tmp_path, petitions=CODE))
    po = polib.pofile(str(catalogue(tmp_path, "petitions", language)))
    assert len(po.find("%(n)s signer").msgstr_plural) == forms
    rule = gettext.c2py(po.metadata["Plural-Forms"].split("plural=")[1].strip(";"))
    assert {rule(n) for n in range(200)} <= set(range(forms))


def test_a_translation_outlives_an_update(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Sign")'))
    translate(tmp_path, "petitions", {"Sign": "לחתום"})
    house(tmp_path, petitions='_("New")\n_("Sign")')
    update(tmp_path)
    po = polib.pofile(str(catalogue(tmp_path, "petitions")))
    assert [(entry.msgid, entry.msgstr) for entry in po] == [("New", ""), ("Sign", "לחתום")]


def test_a_message_that_is_gone_waits_and_comes_back(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Sign")\n_("Blank")'))
    path = translate(tmp_path, "petitions", {"Sign": "לחתום"})
    update(house(tmp_path, petitions='_("Other")'))
    assert [entry.msgid for entry in polib.pofile(str(path)).obsolete_entries()] == ["Sign"]
    update(house(tmp_path, petitions='_("Sign")'))
    assert [(entry.msgid, entry.msgstr, entry.obsolete) for entry in polib.pofile(str(path))] == [("Sign", "לחתום", 0)]


def test_a_new_message_is_filled_in_from_another_app(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Cancel")'))
    translate(tmp_path, "petitions", {"Cancel": "ביטול"})
    update(house(tmp_path, reports='_("Cancel")'))
    assert polib.pofile(str(catalogue(tmp_path, "reports"))).find("Cancel").msgstr == "ביטול"


def test_a_message_that_gets_a_plural_is_asked_for_again(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("a signer")'))
    translate(tmp_path, "petitions", {"a signer": "חותם"})
    house(tmp_path, petitions='ngettext("a signer", "signers", n)')
    assert faults(tmp_path) == {"a signer": "its plural changed"}
    update(tmp_path)
    assert faults(tmp_path) == {"a signer": "untranslated"}


def test_what_is_missing_is_named_with_its_reason(tmp_path: Path) -> None:
    words = ["Good %(name)s", "Blank", "Doubtful", "Wrong %(name)s", "Stray %(name)s", "Lost {code}"]
    update(house(tmp_path, petitions="\n".join(f"_({word!r})" for word in words)))
    given = ["טוב %(name)s", "", "אולי", "שגוי %(nmae)s", "50% %(name)s", "אבד"]
    path = translate(tmp_path, "petitions", dict(zip(words, given, strict=True)))
    po = polib.pofile(str(path))
    po.find("Doubtful").fuzzy = True
    po.save()
    (tmp_path / "petitions" / "new.py").write_text('_("New")', "utf-8")
    assert faults(tmp_path) == {
        "Blank": "untranslated",
        "Doubtful": "fuzzy",
        "Lost {code}": "its placeholders differ from the source",
        "New": "not in the catalogue",
        "Stray %(name)s": "its placeholders differ from the source",
        "Wrong %(name)s": "its placeholders differ from the source",
    }


def test_a_plural_may_leave_out_the_number_and_may_not_leave_out_a_form(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='ngettext("%(n)s signer", "%(n)s signers", n)'))
    path = catalogue(tmp_path, "petitions")
    for forms, why in (
        ({0: "חותם", 1: "שניים", 2: "%(n)s חותמים", 3: "%(n)s חותמים"}, {}),
        ({0: "חותם"}, {"%(n)s signer": "a plural form is untranslated"}),
    ):
        po = polib.pofile(str(path))
        po[0].msgstr_plural = {0: "", 1: "", 2: "", 3: "", **forms}
        po.save()
        assert faults(tmp_path) == why


def test_every_language_is_checked(tmp_path: Path) -> None:
    house(tmp_path, petitions='_("Sign")')
    assert [str(entry) for entry in missing(tmp_path)] == [
        "ar petitions: 'Sign' (not in the catalogue)",
        "he petitions: 'Sign' (not in the catalogue)",
        "ru petitions: 'Sign' (not in the catalogue)",
    ]


def test_two_translations_of_one_message_are_told(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Open")', reports='_("Open")'))
    translate(tmp_path, "petitions", {"Open": "פתוח"})
    assert conflicts(tmp_path) == []
    translate(tmp_path, "reports", {"Open": "לפתוח"})
    assert [str(entry) for entry in conflicts(tmp_path)] == ["he reports: 'Open' (translated differently in petitions)"]


def test_a_catalogue_is_compiled_once_and_again_after_an_edit(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Sign")\n_("Doubtful")'))
    path = translate(tmp_path, "petitions", {"Sign": "לחתום"})
    assert (compile_catalogues(tmp_path), compile_catalogues(tmp_path)) == (3, 0)
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))
    assert (compile_catalogues(tmp_path), compile_catalogues(tmp_path)) == (1, 0)


def test_an_installations_own_app_is_compiled_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    po = tmp_path / "own_box" / "locale" / "he" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n', encoding="utf-8")
    (tmp_path / "own_box" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("KESHER_APPS", "own_box, no_such_app")
    compile_all()
    assert po.with_suffix(".mo").exists()


def test_the_words_of_an_installations_own_app_are_collected_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house(tmp_path, own_box='_("Drop it here")', beside='_("Not ours")')
    (tmp_path / "own_box" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("KESHER_APPS", "own_box")
    monkeypatch.setattr("kesher.core.i18n.translations.ROOT", house(tmp_path / "kesher", petitions='_("Sign")'))
    assert update_all() == 2 * len(LANGUAGES)
    assert not catalogue(tmp_path, "beside").exists()
    assert {row.app for row in missing_anywhere()} == {"own_box", "petitions"}
    for language in LANGUAGES:
        translate(tmp_path, "own_box", {"Drop it here": "כאן"}, language)
    assert {row.app for row in missing_anywhere()} == {"petitions"}
    assert update_all() == 0


def test_a_compiled_catalogue_speaks_and_leaves_doubts_out(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Sign")\n_("Doubtful")\n_("Blank")'))
    path = translate(tmp_path, "petitions", {"Sign": "לחתום", "Doubtful": "אולי"})
    po = polib.pofile(str(path))
    po.find("Doubtful").fuzzy = True
    po.save()
    compile_catalogues(tmp_path)
    with path.with_suffix(".mo").open("rb") as file:
        hebrew = gettext.GNUTranslations(file)
    assert [hebrew.gettext(word) for word in ("Sign", "Doubtful", "Blank")] == ["לחתום", "Doubtful", "Blank"]


def test_compiling_leaves_nothing_else_behind_and_lets_the_server_read(tmp_path: Path) -> None:
    update(house(tmp_path, petitions='_("Sign")'), ["he"])
    catalogue(tmp_path, "petitions").chmod(0o644)
    compile_catalogues(tmp_path)
    folder = catalogue(tmp_path, "petitions").parent
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]
    assert (folder / "django.mo").stat().st_mode & 0o777 == 0o644


def test_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    update(house(tmp_path / ".venv", petitions='_("Sign")'))
    assert compile_catalogues(tmp_path) == 0


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    path = catalogue(tmp_path, "petitions")
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Sign\nmsgstr', "utf-8")
    with pytest.raises(OSError, match=r"django\.po"):
        compile_catalogues(tmp_path)
    assert [file.name for file in path.parent.iterdir()] == ["django.po"]
