import os

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path


def hello(request):
    # Needs the tables that the migrations have made.
    return HttpResponse(f"django {os.getpid()}, {User.objects.count()} users")


urlpatterns = [path("", hello)]
