"""Address of the home page."""

from django.urls import path

from erp.home import views

urlpatterns = [path("", views.home, name="home")]
