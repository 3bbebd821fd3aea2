"""The command ``kesher answers``: search the answers, rebuild the index, import and export."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from kesher.agencies.models import Agency
from kesher.answers import faq_importer, markdown, services
from kesher.answers.markdown import export_names, iterate_files, json_ld
from kesher.answers.search.search import search
from kesher.core.db.agency_scope import scope

RESULTS_MAX = 10
# The JSON files beside the answers, in the order of their import.
NAME_IMPORTS = {"topics": services.import_topics, "owners": services.import_owners, "facts": services.import_facts}


class Command(BaseCommand):
    """The command ``kesher answers``."""

    help = (
        "search QUERY: ranked answers as JSON lines; import FOLDER-OR-URL; export FOLDER (an import of it elsewhere "
        "gives the same); index: builds the index anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the operation (search, index, import, export), its path, the agency and the language."""
        parser.add_argument("verb", choices=["search", "import", "export", "index"])
        parser.add_argument("what", nargs="?", default="", help="a question, a folder, or a site's address")
        parser.add_argument("--lang", default="he", help="the asker's language")
        parser.add_argument("--most", type=int, default=RESULTS_MAX, help="how many answers at most")
        parser.add_argument("--agency", default="", help="the public body's short name, where there are several")
        parser.add_argument("--publish", action="store_true", help="import: publish what is new; else it is a draft")
        parser.add_argument("--format", choices=["markdown", "json-ld"], default="markdown", help="export")

    def handle(self, **options: Any) -> None:
        """Run the chosen operation as the chosen agency and in the chosen language."""
        with scope(get_agency(options["agency"])), translation.override(options["lang"]):
            getattr(self, options["verb"].replace("import", "take"))(options)

    def search(self, options: dict[str, Any]) -> None:
        """Print the best answers to the given query, each as a line of JSON."""
        lang = options["lang"]
        for hit in search(options["what"], lang, most=options["most"]).hits:
            line = {"slug": hit.slug, "score": round(hit.score, 3), "question": hit.answer.text(lang).question}
            self.stdout.write(json.dumps(line, ensure_ascii=False))

    def index(self, options: dict[str, Any]) -> None:
        """Rebuild the whole search index, its words included, and print how many answers it has."""
        self.stdout.write(f"{services.rebuild_index(words_too=True)} answers")

    def take(self, options: dict[str, Any]) -> None:
        """Import answers from a folder or a web site, and print what was refused or left out."""
        what, publish = options["what"], options["publish"]
        if what.startswith(("http://", "https://")):
            files = faq_importer.fetch_faq(what, options["lang"])
            found = services.import_answers(files, by=None, source=what, publish=publish)
        else:
            files, names = read_folder(Path(what))
            for kind, take_in in NAME_IMPORTS.items():
                for line in take_in(names[kind]) if kind in names else []:
                    self.stderr.write(f"{kind}.json: {line}")
            found = services.import_answers(files, by=None, publish=publish)
        self.stdout.write(f"made {found.made}, changed {found.changed}, unchanged {found.same}")
        for line in found.left_out:
            self.stderr.write(line)
        for line in found.refused:
            self.stderr.write(f"refused {line}")

    def export(self, options: dict[str, Any]) -> None:
        """Write all answers to a folder as Markdown files, or as JSON-LD."""
        folder = Path(options["what"])
        folder.mkdir(parents=True, exist_ok=True)
        if options["format"] == "json-ld":
            text = json.dumps(json_ld(options["lang"]), ensure_ascii=False, indent=1)
            (folder / f"faq.{options['lang']}.json").write_text(text + "\n", encoding="utf-8")
            return
        for kind, names in export_names().items():
            text = json.dumps(names, ensure_ascii=False, indent=1)
            (folder / f"{kind}.json").write_text(text + "\n", encoding="utf-8")
        count = 0
        for file in iterate_files():
            (folder / f"{file.slug}.md").write_text(markdown.render_file(file), encoding="utf-8")
            count += 1
        self.stdout.write(f"{count} answers")


def read_folder(folder: Path) -> tuple[list[markdown.AnswerFile], dict[str, dict[str, dict[str, str]]]]:
    """Return (answers, {"topics": …, "owners": …, "facts": …}) from a folder's files. Raise CommandError.

    All files are read before anything is written.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder")
    names = {kind: read_names(folder / f"{kind}.json") for kind in NAME_IMPORTS if (folder / f"{kind}.json").exists()}
    try:
        paths = sorted(folder.glob("*.md"))
        return [markdown.parse_file(path.read_text(encoding="utf-8"), path.stem) for path in paths], names
    except markdown.BadFile as error:
        raise CommandError(str(error)) from error


def read_names(path: Path) -> dict[str, dict[str, str]]:
    """Return {code: {language: words}} from a JSON file of topics, owners or facts. Raise CommandError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(words, dict) for words in found.values()):
        raise CommandError(f"{path}: names with words in each language were expected")
    return found


def get_agency(slug: str) -> Agency:
    """Return the agency with this slug, or the only one if the slug is empty. Raise CommandError."""
    rows = list(Agency.objects.filter(**({"slug": slug} if slug else {}))[:2])
    if len(rows) != 1:
        raise CommandError(
            "Say which public body, with --agency." if rows else "There is no such public body: kesher setup"
        )
    return rows[0]
