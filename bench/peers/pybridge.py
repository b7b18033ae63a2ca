# SPDX-License-Identifier: MIT
"""Peer of the bridge benchmark: a relay between mods and a bot with python3-websockets, the same as
bridge.js.  Prints "ready ws=127.0.0.1:PORT"."""
import asyncio
import json
from datetime import datetime, timezone

import websockets

CHANNELS = {}  # id: mods
BOT = set()    # at most one


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def is_good(side, name, channel, message):
    texts = message["msg_id"], message["id"], channel, message["author"]["id"], message["content"]
    return all(isinstance(t, str) and t for t in texts) and (side == "bot" or name == message["id"])


async def relay(socket, side, name, message):
    received = now()
    channel = message["destination"]["channel_id"] if side == "mod" else message["id"]
    if not is_good(side, name, channel, message):
        await socket.send('{"message":"Malformed message.","code":400}')
        return
    text = json.dumps({
        "type": side, "channel_id": channel, "author": message["author"],
        "content": message["content"], "meta": message.get("meta"),
        "ts": message.get("ts", received), "received_at": received, "forwarded_at": now()})
    receivers = BOT if side == "mod" else CHANNELS.get(channel, ())
    websockets.broadcast(receivers, text)
    await socket.send(json.dumps({"status": "completed" if receivers else "failed", "type": side}))


async def serve(socket):
    greeting = json.loads(await socket.recv())
    side, data = greeting["type"], greeting["data"]
    group = BOT if side == "bot" else CHANNELS.setdefault(data["channel_id"], set())
    group.add(socket)
    await socket.send(json.dumps({"status": "connected", "type": side}))
    try:
        async for message in socket:
            await relay(socket, side, data.get("server_id"), json.loads(message))
    except websockets.ConnectionClosed:
        pass
    finally:
        group.discard(socket)


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, compression=None, ping_interval=None,
                                backlog=1024) as server:
        print(f"ready ws=127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


asyncio.run(main())
