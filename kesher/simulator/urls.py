"""URLs of the simulated phones and the fake providers."""

from __future__ import annotations

from django.urls import URLPattern, path

from kesher.simulator import views
from kesher.simulator.providers import fake_oidc, sms, telegram, whatsapp, whatsapp_accounts

app_name = "simulator"
PROVIDER = "simulator/provider"

urlpatterns: list[URLPattern] = [
    path("simulator/", views.simulator, name="phones"),
    path("simulator/say/", views.say, name="say"),
    path("simulator/everywhere/", views.say_on_all_phones, name="everywhere"),
    path("simulator/again/", views.clear_phones, name="again"),
    path("simulator/mail/<int:number>/", views.mail, name="mail"),
    path("simulator/picture/<slug:digest>", views.picture, name="picture"),
    # The fake providers; the rest of each path is the vendor's.
    path(f"{PROVIDER}/whatsapp/file/<slug:digest>", whatsapp.file, name="whatsapp_file"),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:number>/messages", whatsapp.messages),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:waba>/subscribed_apps", whatsapp_accounts.subscribed_apps),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:waba>/message_templates", whatsapp_accounts.message_templates),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:digest>", whatsapp_accounts.node),
    path(f"{PROVIDER}/telegram/bot<str:token>/<slug:method>", telegram.call),
    path(f"{PROVIDER}/telegram/file/bot<str:token>/<path:path>", telegram.file),
    path(f"{PROVIDER}/sms/2010-04-01/Accounts/<slug:sid>/Messages.json", sms.messages),
    path(f"{PROVIDER}/sms/2010-04-01/Accounts/<slug:sid>.json", sms.twilio_account),
    path(f"{PROVIDER}/sms/file/<slug:digest>", sms.twilio_file, name="sms_file"),
    path(f"{PROVIDER}/kannel/cgi-bin/sendsms", sms.kannel),
    path(f"{PROVIDER}/nation", fake_oidc.issuer, name="nation"),
    path(f"{PROVIDER}/nation/.well-known/openid-configuration", fake_oidc.configuration),
    path(f"{PROVIDER}/nation/keys", fake_oidc.keys),
    path(f"{PROVIDER}/nation/authorize", fake_oidc.authorize, name="nation_authorize"),
    path(f"{PROVIDER}/nation/token", fake_oidc.token),
    path(f"{PROVIDER}/nation/userinfo", fake_oidc.userinfo),
]
