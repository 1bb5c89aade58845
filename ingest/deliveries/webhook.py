"""A hook with a url: signed POSTs by the Standard Webhooks convention.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

    2xx                                  taken
    410                                  stopped: the receiver wants no more
    407, 408, 425, 429, 5xx, 3xx, none   tried again, not before Retry-After
    any other                            refused
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import unquote

from ingest.configuration.hooks import HookSecrets, HookSettings
from ingest.configuration.settings import WebSettings
from ingest.deliveries.retries import is_refusal
from ingest.deliveries.transport import Event, Sent, as_json
from ingest.errors import FetchError
from ingest.hosts import credentials_of, read_url
from ingest.text.markup import clean_line, cut
from ingest.web.address import address_of
from ingest.web.post import Answer, Poster
from ingest.web.response import WebOptions

MAX_SHOWN_COLUMNS = 200  # of the answer, in an error
_MIN_HIDDEN_CHARS = 8  # of a path: a shorter one is no secret, and may be a part of words
_READABLE = ("text/plain", "application/json", "application/problem+json")


def message_of(events: Sequence[Event], *, batch: bool) -> tuple[str, str]:
    """Return the id and the body of the message with these events: the same whenever it is sent.

    The id has no full stop, which separates it from what else is signed.
    """
    if len(events) == 1 and not batch:
        return str(events[0]["id"]), as_json(events[0])
    first, last = events[0], events[-1]
    ids = sha256("\n".join(str(event["id"]) for event in events).encode()).hexdigest()
    data = ",".join(map(as_json, events))  # one by one: other threads have their turn in between
    body = f'{{"type":"batch","timestamp":{as_json(last["timestamp"])},"data":[{data}]}}'
    return f"{first['id']}_{last['id']}_{ids[:16]}", body


def signed(message_id: str, body: str, secrets: Iterable[str], at: datetime) -> dict[str, str]:
    """Return the headers of a message that is sent at `at`, with a signature by each secret."""
    from standardwebhooks import Webhook

    at = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
    }


class WebhookTransport:
    """POSTs each delivery to the url. No error has its path, query or credentials: they may be secret."""

    def __init__(self, hook: HookSettings, secrets: HookSecrets, clock: Callable[[], datetime], poster: Poster) -> None:
        self._hook = hook
        self._secrets = secrets
        self._clock = clock
        self._poster = poster
        self._hidden = _hidden(hook.url)

    async def send(self, events: Sequence[Event]) -> Sent:
        body, headers = await asyncio.to_thread(self._message, events)
        try:
            answer = await self._poster.post(body, headers)
        except FetchError as error:
            return Sent(taken=False, error=self._safe(error.cause))
        return self._judged(answer)

    def _message(self, events: Sequence[Event]) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers. A batch of 14 MB takes more than a tenth of a second."""
        message_id, body = message_of(events, batch=self._hook.batch_size > 1)
        headers = signed(message_id, body, self._secrets.values, self._clock())
        return body.encode(), {"Content-Type": "application/json"} | headers

    def _judged(self, answer: Answer) -> Sent:
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(taken=True, status=status)
        error = self._safe(f"HTTP {status}{_words_of(answer)}")
        not_before = answer.not_before(self._clock())
        if status == HTTPStatus.GONE:
            return Sent(taken=False, stopped=True, status=status, error=error)
        return Sent(taken=False, refused=is_refusal(status), status=status, error=error, not_before=not_before)

    def _safe(self, text: str) -> str:
        for secret in self._hidden:
            text = text.replace(secret, "…")
        return text


def options_of(hook: HookSettings, web: WebSettings) -> WebOptions:
    return WebOptions(
        user_agent=web.user_agent,
        timeout_s=hook.timeout_s,
        per_host_interval_s=web.per_host_interval_s,
        allow_addresses=tuple(hook.allow_addresses),
        proxy=web.proxy or None,
        ca_file=web.ca_file or None,
        setting=f"{{}} of the hook {hook.name}",
    )


def _words_of(answer: Answer) -> str:
    """Return what the answer says, for people."""
    if answer.location:
        return f", a redirect{_to(answer.location)}: it is not followed; write the address that it leads to as url"
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() in _READABLE:
        words = cut(clean_line(answer.body.decode(errors="replace")).strip(), MAX_SHOWN_COLUMNS)
        return f": {words}" if words else ""
    return ""


def _to(location: str) -> str:
    """Return where a redirect leads, without path and query."""
    try:
        split, authority = read_url(location)
    except ValueError:
        return ""
    return f" to {split.scheme}://{authority.host}"


def _hidden(url: str) -> list[str]:
    """Return what an answer may repeat of a request, and nobody else may see; the longest first."""
    credentials, path = credentials_of(url), address_of(url).path
    user, _, password = credentials.partition(":")
    texts = {credentials, password or user, unquote(credentials), unquote(password or user)} - {""}
    texts |= {b64encode(unquote(text).encode()).decode() for text in texts}
    texts |= {text for text in (path, path.partition("?")[0], unquote(path)) if len(text) >= _MIN_HIDDEN_CHARS}
    return sorted(texts, key=len, reverse=True)
