"""What the Python servers under test serve: `/` at once, `/slow` after 50 ms; both say which process has answered."""
import asyncio
import os
import time

BODY = b"hello\n"


def _headers():
    return [("content-type", "text/plain"), ("content-length", str(len(BODY))), ("x-pid", str(os.getpid()))]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(0.05)
    headers = [(name.encode(), value.encode()) for name, value in _headers()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


async def _live(receive, send):
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def wsgi(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.05)
    start_response("200 OK", _headers())
    return [BODY]
