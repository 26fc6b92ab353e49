"""What is for one reader alone: neither kept by caches nor readable by pages of elsewhere."""

from fastapi import Depends, Request, Response


def _mark(request: Request, response: Response) -> None:
    own: str = request.app.state.backend.people.door.origin
    response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = own  # cors.py lets everybody read what says nothing itself
    response.headers["Vary"] = "Cookie, Authorization"


private = Depends(_mark)
