"""URLs of citizens' sign-in, keys and national logins."""

from django.urls import path

from kesher.accounts import passkey_views, staff_security_views, views
from kesher.accounts.desk import departures, invitations, passwords

app_name = "accounts"
urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/sign-in/", views.sign_in, name="sign_in"),
    path("me/code/", views.code, name="code"),
    path("me/code/again/", views.code_again, name="code_again"),
    path("me/prove/", views.prove, name="prove"),
    path("me/enter/<str:key>/", views.enter, name="enter"),
    path("me/second/", views.second, name="second"),
    path("me/second/code/", views.second_code, name="second_code"),
    path("me/second/new/", views.begin_anew, name="begin_anew"),
    path("me/address/", views.address, name="address"),
    path("me/address/code/", views.address_code, name="address_code"),
    path("me/sign-out/", views.sign_out, name="sign_out"),
    path("me/sign-out/everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("me/keys/", passkey_views.mine, name="keys"),
    path("me/keys/app/", passkey_views.app, name="app"),
    path("me/keys/passkey/", passkey_views.passkey, name="passkey"),
    path("me/keys/<int:pk>/remove/", passkey_views.remove, name="remove_key"),
    path("me/passkey/options/", passkey_views.options, name="passkey_options"),
    path("me/passkey/", passkey_views.enter, name="enter_by_passkey"),
    path("me/app/", passkey_views.by_app, name="prove_by_app"),
    path("me/national/<slug:key>/", views.national, name="national"),
    path("me/national/<slug:key>/back/", views.national_back, name="national_back"),
    path("desk/second/", staff_security_views.second, name="staff_second"),
    path("desk/second/set-up/", staff_security_views.set_up, name="staff_set_up"),
    path("desk/second/keys/", staff_security_views.keys, name="staff_keys"),
    path("desk/second/codes/", staff_security_views.new_codes, name="staff_codes"),
    path("desk/second/keys/<int:pk>/remove/", staff_security_views.remove, name="staff_remove"),
    path("desk/staff/new/", invitations.invite, name="staff_invite"),
    path("desk/staff/invitations/<int:pk>/again/", invitations.again, name="staff_invite_again"),
    path("desk/staff/invitations/<int:pk>/withdraw/", invitations.withdraw, name="staff_invite_withdraw"),
    path("desk/staff/<int:pk>/password/", passwords.send_link, name="staff_password_link"),
    path("desk/staff/<int:pk>/leave/", departures.leave, name="staff_leave"),
    path("desk/staff/<int:pk>/return/", departures.come_back, name="staff_return"),
    path("desk/staff/<int:pk>/second/", departures.reset, name="staff_forget"),
    path("desk/reset/<str:key>/", departures.answer_reset, name="staff_reset_answer"),
    path("desk/join/<str:key>/", invitations.join, name="staff_join"),
    path("desk/password/lost/", passwords.lost, name="staff_lost"),
    path("desk/password/new/<str:key>/", passwords.new_password, name="staff_password"),
    path("desk/address/", passwords.address, name="staff_address"),
    path("desk/address/<str:key>/", passwords.prove_address, name="staff_address_proof"),
    path("desk/national/", staff_security_views.national, name="desk_national"),
    path("desk/national/new/", staff_security_views.national_edit, name="desk_national_new"),
    path("desk/national/<int:pk>/", staff_security_views.national_edit, name="desk_national_edit"),
]
