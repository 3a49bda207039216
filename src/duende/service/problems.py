"""Errors as `application/problem+json` (RFC 9457): one place where an error gets its status."""

import re

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from duende.errors import (
    BaseError,
    Busy,
    DuendeError,
    EngineError,
    EngineMissing,
    NotEnoughMemory,
    RequestError,
    TooManyRequests,
    VoiceError,
)
from duende.service.schemas import Problem

STATUS: tuple[tuple[type[DuendeError], int], ...] = (
    (RequestError, 422),
    (TooManyRequests, 429),
    (Busy, 503),
    (EngineMissing, 503),
    (NotEnoughMemory, 503),
    (BaseError, 503),
    (VoiceError, 503),
    (EngineError, 500),
    (DuendeError, 500),
)
PROBLEM = "application/problem+json"
URN = "urn:duende:"
UNFORESEEN = Problem(
    type=f"{URN}unforeseen",
    title="Unforeseen error",
    status=500,
    detail="Something went wrong that we did not foresee; the log has it.",
)


LEFT = 499  # as nginx writes down that a client closed its request


class ReaderLeft(Exception):
    """There is nobody to answer any more."""


def problem_of(error: Exception) -> Problem:
    """The problem that an error is told as; of one that is not ours nothing is told."""
    if not isinstance(error, DuendeError):
        return UNFORESEEN
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return Problem(
        type=f"{URN}{words}",
        title=words.replace("-", " ").capitalize(),
        status=status,
        detail=str(error),
    )


def kind_of(problem: Problem) -> str:
    """The problem's kind, as it is counted and logged."""
    return problem.type.removeprefix(URN) if problem.type.startswith(URN) else "http"


def answer(
    error: Exception | Problem, request: Request, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The response that tells a problem; the visit is told of it too."""
    problem = error if isinstance(error, Problem) else problem_of(error)
    visit = request.state.visit
    visit.problem = kind_of(problem)
    numbered = problem.model_copy(update={"instance": f"{URN}request:{visit.id}"})
    if isinstance(error, Busy):
        headers = {"Retry-After": str(error.retry_after)}
    return JSONResponse(
        numbered.model_dump(exclude_none=True),
        status_code=problem.status,
        headers=headers,
        media_type=PROBLEM,
    )


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem; the reader's input is never echoed."""

    @app.exception_handler(DuendeError)
    async def ours(request: Request, error: DuendeError) -> JSONResponse:
        return answer(error, request)

    @app.exception_handler(ReaderLeft)
    async def left(request: Request, error: ReaderLeft) -> Response:
        return Response(status_code=LEFT)  # for the log: nobody reads it

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(map(str, each["loc"][1:])), "message": each["msg"]}
            for each in error.errors()
        ]
        first = errors[0]
        problem = Problem(
            type=f"{URN}malformed-request",
            title="Malformed request",
            status=422,
            detail=f"{first['field'] or 'The body'}: {first['message']}. See /docs for the fields.",
            errors=errors,
        )
        return answer(problem, request)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        problem = Problem(
            type="about:blank",
            title=str(error.detail),
            status=error.status_code,
            detail=f"{request.method} {request.url.path}: {error.detail}.",
        )
        return answer(problem, request, dict(error.headers or {}))
