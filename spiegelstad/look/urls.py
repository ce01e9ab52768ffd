"""Addresses of the frame itself."""

from django.conf import settings
from django.urls import path

from spiegelstad.look import pages

urlpatterns = [path("language", pages.set_language, name="set_language")]

if settings.TEST_PAGES:
    from spiegelstad.look.gallery import show_gallery

    urlpatterns.append(path("look", show_gallery, name="gallery"))
