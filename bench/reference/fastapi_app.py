"""The same two reads as FastAPI on uvicorn with the answers in Redis would have them: the reference of NUM-1.

Nothing more than it must do: check the JWT, get the bytes, answer. Run with /usr/bin/python3 and Debian's packages:
  SECRET=... REDIS=redis://127.0.0.1:6390 /usr/bin/python3 -m uvicorn --app-dir bench/reference fastapi_app:app --workers 2
"""
import os

import jwt
import redis.asyncio as redis
from fastapi import FastAPI, Header, HTTPException, Response

SECRET = os.environ["SECRET"]
store = redis.from_url(os.environ["REDIS"])
app = FastAPI()


def checked(authorization: str) -> dict:
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError as wrong:
        raise HTTPException(401) from wrong


async def kept(name: str) -> Response:
    body = await store.get(name)
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type="application/json")


@app.get("/api/v1/insights/daily-briefing/{agent_id}")
async def briefing(agent_id: str, authorization: str = Header()) -> Response:
    checked(authorization)
    return await kept(f"briefing:{agent_id}")


@app.get("/api/v1/insights/real-time-alerts/{agent_id}")
async def alerts(agent_id: str, authorization: str = Header()) -> Response:
    checked(authorization)
    return await kept(f"alerts:{agent_id}")
