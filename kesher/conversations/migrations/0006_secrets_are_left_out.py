"""Codes and private links that were stored in words: left out of what can be read, sealed where they still go out.

The sentences and addresses are those of the versions before; what is done already does not match again, so that a
migration that was interrupted goes on.
"""

import json
import re
from datetime import timedelta

from django.db import migrations, transaction

BATCH = 1000
LEFT_OUT = "••••••"
CODE = re.compile(
    r"(?:הקוד שלכם הוא|رمزكم هو|Ваш код:|Your code is|קוד האיסוף שלכם:|رمز الاستلام:|Ваш код получения:|Your pick-up code:)"
    r" (\d{6})"
)
LINK = re.compile(r"""https?://[^\s<>"'\\]{1,2000}""")
PRIVATE = re.compile(
    r"/(?:me/(?:enter|national)|go|stop|purchases/(?:mine|organise)|petitions/\w{1,9}/author|records/acting(?:/ward)?"
    r"|contests/jury|report/done)/[\w.~:%=-]{8}|[?&]code=\d{6}"
)
QUIET = ("queued", "sending")


def secrets_in(text):
    links = [link for link in LINK.findall(text) if PRIVATE.search(link)]
    return [*CODE.findall(text), *links]


def left_out(text):
    text = CODE.sub(lambda found: found[0].replace(found[1], LEFT_OUT), text)
    return LINK.sub(lambda found: LEFT_OUT if PRIVATE.search(found[0]) else found[0], text)


def in_batches(model, fields, work):
    """Every row once, a thousand in a transaction."""
    last = 0
    while True:
        rows = list(model._base_manager.filter(pk__gt=last).order_by("pk").only(*fields)[:BATCH])
        if not rows:
            return
        with transaction.atomic():
            for row in rows:
                work(row)
        last = rows[-1].pk


def message(row):
    links = [list(link) for link in row.content.get("links", ())]
    private = [link for link in links if PRIVATE.search(str(link[1]))]
    beside = {name: left_out(row.content[name]) for name in ("full_text", "before") if row.content.get(name)}
    text = left_out(row.text)
    if text == row.text and not private and all(row.content[name] == kept for name, kept in beside.items()):
        return
    if row.direction == "out":
        if row.channel == "webchat":
            row.sealed = {"text": row.text, "links": links}
        beside["secret"] = "code" if CODE.search(row.text) else "link"
        if private:
            beside["private"] = [str(link[0]) for link in private]
    content = {**row.content, **beside, "links": [link for link in links if link not in private]}
    row.text, row.content = text, content if content["links"] else {k: v for k, v in content.items() if k != "links"}
    row.save(update_fields=["text", "content", "sealed"])


def conversation(row):
    text = left_out(row.last_text)
    if text != row.last_text:
        row.last_text = text[:140]
        row.save(update_fields=["last_text"])


def delivery(row):
    payload = dict(row.payload)
    if "body" not in payload:
        return
    words = json.dumps([payload["body"], payload.get("text", "")], ensure_ascii=False)
    marks = {"thread_token", "unsubscribe_url"}
    body = payload["body"]
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in marks}
    found = secrets_in(json.dumps([body, payload.get("text", "")], ensure_ascii=False))
    if found and row.state in QUIET:
        row.sealed = {"body": body, "text": payload.get("text", ""), "secrets": found}
        if CODE.search(words):
            row.expires = row.message.received + timedelta(minutes=15)
    if found:
        row.payload, row.error = {"to": payload.get("to", {})}, re.sub(r"\d{6}", LEFT_OUT, left_out(row.error))
    elif body != payload["body"]:
        row.payload = {**payload, "body": body}
    else:
        return
    row.save(update_fields=["payload", "sealed", "expires", "error"])


def broadcast(row):
    found = [secret for text in row.texts.values() for secret in secrets_in(text)]
    if not found:
        return
    if row.rows.filter(state="waiting").exists():
        row.sealed = {"texts": row.texts, "secrets": found}
    row.texts = {lang: left_out(text) for lang, text in row.texts.items()}
    row.save(update_fields=["texts", "sealed"])


def leave_out(apps, _schema_editor):
    def model(name):
        return apps.get_model("conversations", name)

    in_batches(model("Delivery"), ("payload", "sealed", "expires", "error", "state", "message"), delivery)
    in_batches(model("Broadcast"), ("texts", "sealed"), broadcast)
    in_batches(model("Message"), ("text", "content", "sealed", "direction", "channel"), message)
    in_batches(model("Conversation"), ("last_text",), conversation)


class Migration(migrations.Migration):
    atomic = False  # a transaction for each batch

    dependencies = [("conversations", "0005_words_of_nobody_are_shown")]

    operations = [migrations.RunPython(leave_out, migrations.RunPython.noop)]
