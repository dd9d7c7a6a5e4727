"""The FastAPI application that is run with config/examples/fastapi-uvicorn.ini."""
import asyncio
import contextlib
import faulthandler
import os
import signal
import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from notify import heartbeat

faulthandler.register(signal.SIGUSR1)


@contextlib.asynccontextmanager
async def lifespan(app):
    beating = asyncio.create_task(heartbeat())
    yield
    beating.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/", response_class=PlainTextResponse)
async def hello():
    return f"fastapi {os.getpid()}"


@app.get("/hang")
async def hang():
    # What no coroutine should do: nothing else runs in this process meanwhile.
    time.sleep(600)
