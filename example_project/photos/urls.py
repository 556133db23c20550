from __future__ import annotations

from django.urls import path

from . import changes, pictures, views, welcome

app_name = "photos"

urlpatterns = [
    path("", views.home, name="home"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("sign-in/", welcome.sign_in, name="sign-in"),
    path("sign-out/", welcome.sign_out, name="sign-out"),
    path("simulate/", changes.simulate, name="simulate"),
    path("live/", views.live, name="live"),
    path("notifications/", views.notifications, name="notifications"),
    path("settings/", changes.settings, name="settings"),
    path("discover/", views.discover, name="discover"),
    path("search/", views.search, name="search"),
    path("people/<str:username>/", views.person, name="person"),
    path("people/<str:username>/followers/", views.circle, {"which": "followers"}, name="followers"),
    path("people/<str:username>/following/", views.circle, {"which": "following"}, name="following"),
    path("albums/<int:pk>/", views.album, name="album"),
    path("photos/new/", changes.new_photo, name="new-photo"),
    path("photos/<int:pk>/", views.photo, name="photo"),
    path("photos/<int:pk>/edit/", changes.edit_photo, name="edit-photo"),
    path("photos/<int:pk>/delete/", changes.delete_photo, name="delete-photo"),
    path("photos/<int:pk>/like/", changes.like, name="like"),
    path("photos/<int:pk>/comment/", changes.comment, name="comment"),
    path("comments/<int:pk>/delete/", changes.delete_comment, name="delete-comment"),
    path("art/photo/<slug:scene>/<int:seed>.svg", pictures.photo, name="picture"),
    path("art/face/<str:code>.svg", pictures.face, name="face"),
]
