# SPDX-License-Identifier: MIT
"""Peer of the fan-out benchmark: python3-websockets.  Every message goes to every connection, by
its own broadcast().  Prints "ready ws=127.0.0.1:PORT"."""
import asyncio

import websockets

CONNECTIONS = set()


async def serve(socket):
    CONNECTIONS.add(socket)
    try:
        async for message in socket:
            websockets.broadcast(CONNECTIONS, message)
    except websockets.ConnectionClosed:
        pass
    finally:
        CONNECTIONS.discard(socket)


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, compression=None, ping_interval=None,
                                backlog=1024) as server:
        print(f"ready ws=127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


asyncio.run(main())
