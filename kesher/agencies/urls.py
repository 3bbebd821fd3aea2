from django.urls import path

from kesher.agencies import views

app_name = "agencies"
urlpatterns = [
    path("desk/login/", views.sign_in, name="login"),
    path("desk/logout/", views.sign_out, name="logout"),
    path("desk/password/", views.password, name="password"),
    path("desk/staff/", views.staff_list, name="staff"),
    path("desk/staff/new/", views.staff_new, name="staff_new"),
    path("desk/staff/<int:pk>/", views.staff_edit, name="staff_edit"),
]
