"""The Litestar application that is run with config/examples/litestar-uvicorn.ini."""
import os

from litestar import Litestar, get


@get("/", media_type="text/plain")
async def hello() -> str:
    return f"litestar {os.getpid()}"


app = Litestar([hello])
