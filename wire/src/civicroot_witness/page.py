"""The status page, and what it shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from civicroot_wire import base64
from jinja2 import Environment

from .evidence import Evidence
from .judge import Head
from .witness import Witness

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Witness {{ name }}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { overflow-wrap: anywhere } table { border-collapse: collapse } .fault { color: #b00020; font-weight: bold }
th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8888; vertical-align: top }
</style>
<h1>Witness {{ name }}</h1>
<p>This service signs a log's checkpoint only if the log grew from the one that it signed before. So a log that it
signs for cannot show two people two histories, unless the witnesses help it.</p>
<p>Verifier key: <code>{{ vkey }}</code></p>
{% for fault in faults %}<p class="fault">{{ fault }}</p>{% endfor %}
<table>
<tr><th>log<th>size<th>root<th>signed at
{% for log in logs %}<tr><td>{{ log.origin }}{% if not log.known %} (not witnessed any more){% endif %}
{% if log.head %}<td><a href="{{ log.digest }}/checkpoint">{{ log.head.size }}</a><td><code>{{ log.root }}</code>
<td>{{ log.time }}{% else %}<td colspan="3">nothing yet{% endif %}
{% endfor %}</table>
{% for item in evidence %}
<h2 {% if item.kind == "fork" %}class="fault"{% endif %}>{{ item.origin }}: {{ item.kind }}</h2>
<p>{{ item.says }} Seen {{ item.seen | moment }}.</p>
<p>Cosigned:</p><pre>{{ item.cosigned }}</pre><p>Refused:</p><pre>{{ item.refused }}</pre>
{% endfor %}
"""


@dataclass(frozen=True, slots=True)
class Log:
    """A log on the page; `known` while checkpoints of it are taken."""

    origin: str
    known: bool
    head: Head | None

    @property
    def digest(self) -> str:
        """What it is called in addresses."""
        return digest(self.origin)

    @property
    def root(self) -> str:
        """Its newest root in base64."""
        return base64.encode(self.head.root) if self.head else ""

    @property
    def time(self) -> str:
        """When it was cosigned last, for people."""
        return moment(self.head.time) if self.head else ""


def digest(origin: str) -> str:
    """A name for an origin, which may be any text: SHA-256 in hex."""
    return sha256(origin.encode()).hexdigest()


def moment(seconds: int) -> str:
    """Unix seconds for people, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def logs(witness: Witness) -> list[Log]:
    """Every log that there is anything to say about, by origin."""
    known = {key.origin for key in witness.store.all_keys()}
    origins = known | set(witness.store.origins())
    return [Log(origin, origin in known, witness.store.latest(origin)) for origin in sorted(origins)]


def checkpoint(witness: Witness, wanted: str) -> str | None:
    """The newest cosigned checkpoint of the log whose origin has this digest; None if there is none."""
    found = [log.origin for log in logs(witness) if log.digest == wanted]
    return witness.checkpoint(found[0]) if found else None


def render(witness: Witness) -> str:
    """The page."""
    environment = Environment(autoescape=True)
    environment.filters["moment"] = moment
    evidence: list[Evidence] = witness.store.all_evidence()
    return environment.from_string(_PAGE).render(
        name=witness.key.name,
        vkey=str(witness.key),
        faults=[fault for fault in (witness.memory_fault(), witness.clock_fault()) if fault],
        logs=logs(witness),
        evidence=evidence,
    )
