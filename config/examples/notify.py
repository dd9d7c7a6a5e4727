"""Tells superd that this process is ready and alive: `asyncio.create_task(heartbeat())` when the application has started."""
import asyncio, os, socket

def notify(message):
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as superd:
            superd.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)

async def heartbeat():
    notify("READY=1")
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(int(os.environ.get("WATCHDOG_USEC", 30_000_000)) / 3_000_000)
