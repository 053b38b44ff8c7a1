"""An OpenAI-compatible server that thinks for a fixed time: a process of its own, one thread.

Prints its port, then counts how many calls are under way; GET /counts tells.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


class Counts:
    """What the server saw."""

    def __init__(self) -> None:
        self.n_calls = self.under_way = self.most = 0
        self.busy_s = 0.0
        self.first = self.last = 0.0


async def serve(latency_s: float, reply: str) -> None:
    """Serve until the process is told to end."""
    counts = Counts()
    body = json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": "slow",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": reply},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }
    ).encode()

    def answer(payload: bytes) -> bytes:
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}"
        )
        return f"{head}\r\n\r\n".encode() + payload

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line.partition(b":")[2])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                await reader.readexactly(length)
                if head.startswith(b"GET"):
                    writer.write(answer(json.dumps(vars(counts)).encode()))
                    continue
                started = time.monotonic()
                counts.first = counts.first or started
                counts.n_calls += 1
                counts.under_way += 1
                counts.most = max(counts.most, counts.under_way)
                await asyncio.sleep(latency_s)
                writer.write(answer(body))
                counts.under_way -= 1
                counts.last = time.monotonic()
                counts.busy_s += counts.last - started
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), sys.argv[2]))
