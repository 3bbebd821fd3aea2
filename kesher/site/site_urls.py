"""URLs of the site's own pages (home, search, my page …), included by `urls.py` under the name "site"."""

from __future__ import annotations

from django.urls import URLPattern, path

from kesher.core.views import styleguide
from kesher.site import views
from kesher.site.my_page import personal_data_views
from kesher.site.my_page import views as my_page
from kesher.site.providers import fake_oidc, sms, telegram, whatsapp
from kesher.site.simulator import views as simulator

PROVIDER = "simulator/provider"

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("language/<slug:code>/", views.language, name="language"),
    path("theme.css", views.theme, name="theme"),
    path("files/<str:key>", views.file, name="file"),
    path("me/messages/", my_page.my_messages, name="my_messages"),
    path("me/wishes/", my_page.my_wishes, name="my_wishes"),
    path("me/wishes/consent/", my_page.my_consent, name="my_consent"),
    path("me/data/", personal_data_views.my_data, name="my_data"),
    path("me/data/export/", personal_data_views.my_export, name="my_export"),
    path("me/data/erase/", personal_data_views.my_erasure, name="my_erasure"),
    path("me/data/address/", personal_data_views.my_address, name="my_address"),
    path("desk/erasures/", personal_data_views.erasures, name="erasures"),
    path("desk/erasures/<int:pk>/", personal_data_views.decide_erasure, name="decide_erasure"),
    path("live/ticket/", views.live_ticket, name="live_ticket"),
    path("robots.txt", views.robots, name="robots"),
    path("styleguide/", styleguide, name="styleguide"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("simulator/say/", simulator.say, name="simulator_say"),
    path("simulator/everywhere/", simulator.say_on_all_phones, name="simulator_everywhere"),
    path("simulator/again/", simulator.clear_phones, name="simulator_again"),
    path("simulator/mail/<int:number>/", simulator.mail, name="simulator_mail"),
    path("simulator/picture/<slug:digest>", simulator.picture, name="simulator_picture"),
    # The fake providers; the rest of each path is the vendor's.
    path(f"{PROVIDER}/whatsapp/file/<slug:digest>", whatsapp.file, name="whatsapp_file"),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:number>/messages", whatsapp.messages),
    path(f"{PROVIDER}/whatsapp/<str:version>/<slug:digest>", whatsapp.media),
    path(f"{PROVIDER}/telegram/bot<str:token>/<slug:method>", telegram.call),
    path(f"{PROVIDER}/telegram/file/bot<str:token>/<path:path>", telegram.file),
    path(f"{PROVIDER}/sms/2010-04-01/Accounts/<slug:sid>/Messages.json", sms.messages),
    path(f"{PROVIDER}/sms/file/<slug:digest>", sms.twilio_file, name="sms_file"),
    path(f"{PROVIDER}/kannel/cgi-bin/sendsms", sms.kannel),
    path(f"{PROVIDER}/nation", fake_oidc.issuer, name="nation"),
    path(f"{PROVIDER}/nation/.well-known/openid-configuration", fake_oidc.configuration),
    path(f"{PROVIDER}/nation/keys", fake_oidc.keys),
    path(f"{PROVIDER}/nation/authorize", fake_oidc.authorize, name="nation_authorize"),
    path(f"{PROVIDER}/nation/token", fake_oidc.token),
    path(f"{PROVIDER}/nation/userinfo", fake_oidc.userinfo),
]
