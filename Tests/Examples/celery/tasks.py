"""The tasks that are run with config/examples/celery.ini."""
import os

from celery import Celery

app = Celery(broker=os.environ["BROKER"], backend=os.environ["BROKER"])
app.conf.update(broker_connection_retry_on_startup=True)
app.conf.beat_schedule = {"note": {"task": "tasks.note", "schedule": 0.2}}


@app.task
def note():
    with open("notes", "a") as notes:
        notes.write("noted\n")


@app.task
def add(a, b):
    return a + b
