"""Who may call which route, and where: the one declaration. A route without a line here is a defect that start refuses.

    "METHOD path": rule

PUBLIC      anybody, and nothing about who asks is looked at
SIGN_IN     anybody, from the city's own pages alone: what begins a session
OWN         whoever is signed in, about himself; not by API key
roles(…)    accounts with one of these roles: in the district that the path names, in the whole city, or somewhere

`recent` asks for a sign-in of the last minutes: a browser that was found open opens no other way in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from civicroot_backend.paths import API
from civicroot_backend.people.api_keys import Scope
from civicroot_backend.people.roles import STAFF, Role


class Where(Enum):
    """Where a caller must have the role."""

    EVERYBODY = "everybody"  # no account is needed
    SELF = "self"  # any account
    DISTRICT = "district"  # in the one that the path's {district} names, or in the whole city
    CITY = "city"  # in the whole city
    ANYWHERE = "anywhere"  # in some district; the route itself shows what is of those


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route. `scope`: of API keys that may, None: none; `own_page`: by the city's own pages alone."""

    where: Where
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    recent: bool = False
    own_page: bool = False

    @property
    def public(self) -> bool:
        """Whether no account is needed."""
        return self.where is Where.EVERYBODY


def roles(*named: Role, where: Where, scope: Scope | None = None, recent: bool = False) -> Rule:
    """A rule for accounts with one of these roles."""
    return Rule(where, frozenset(named), scope, recent)


PUBLIC = Rule(Where.EVERYBODY)
SIGN_IN = replace(PUBLIC, own_page=True)
OWN = Rule(Where.SELF, STAFF)
OWN_RECENT = replace(OWN, recent=True)
_LOOKS = roles(Role.OPERATOR, Role.AUDITOR, where=Where.DISTRICT, scope=Scope.ACCOUNTS_READ)
_LEADS = roles(Role.OPERATOR, where=Where.DISTRICT, scope=Scope.ACCOUNTS_WRITE, recent=True)
_TENDS = roles(Role.OPERATOR, Role.CREW, where=Where.DISTRICT)
_SEES = roles(Role.OPERATOR, Role.CREW, Role.AUDITOR, where=Where.DISTRICT)
_VISITS = f"{API}/districts/{{district}}/visits/{{visit}}"
_SHEET = f"{API}/districts/{{district}}/subjects/{{kind}}/{{name}}"
_REPORTS = f"{API}/districts/{{district}}/reports"
_ENROLMENTS = f"{API}/districts/{{district}}/enrolments"
_PROVISIONS = roles(Role.CREW, where=Where.DISTRICT)
_WATCHES = roles(
    Role.CREW, Role.OPERATOR, Role.AUDITOR, Role.REGISTRAR, where=Where.DISTRICT, scope=Scope.ENROLMENTS_READ
)
_SEES_ALARMS = roles(Role.OPERATOR, Role.AUDITOR, Role.CREW, where=Where.DISTRICT, scope=Scope.ALARMS_READ)
_RULES_ALARMS = roles(Role.OPERATOR, where=Where.DISTRICT, scope=Scope.ALARMS_WRITE)
_ALARMS = f"{API}/districts/{{district}}/alarms"
_ALARM_RULES = f"{API}/districts/{{district}}/alarm-rules"
_ALARM_TARGETS = f"{API}/districts/{{district}}/alarm-targets"
_PEOPLE = f"{API}/districts/{{district}}/accounts"

RIGHTS: Mapping[str, Rule] = {
    # The city and its log, which anybody may check.
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /docs.css": PUBLIC,
    f"GET {API}/anchors": PUBLIC,
    "GET /log/anchor/{name}/{size}": PUBLIC,
    f"GET {API}/city": PUBLIC,
    f"GET {API}/devices": PUBLIC,
    f"GET {API}/devices/{{kid}}": PUBLIC,
    f"GET {API}/subjects/{{kind}}/{{name}}": PUBLIC,
    f"GET {API}/subjects": PUBLIC,
    f"GET {API}/subjects/{{kind}}/{{name}}/state": PUBLIC,
    f"GET {API}/subjects/{{kind}}/{{name}}/properties": PUBLIC,
    f"GET {API}/subjects/{{kind}}/{{name}}/care": PUBLIC,
    f"POST {API}/subjects/{{kind}}/{{name}}/reports": PUBLIC,
    f"GET {API}/reports/{{report}}": PUBLIC,  # the route asks for its token
    f"DELETE {API}/reports/{{report}}": PUBLIC,
    f"PUT {API}/reports/{{report}}/photo": PUBLIC,
    f"GET {API}/reports/{{report}}/photo": PUBLIC,
    f"POST {API}/claims": PUBLIC,
    f"POST {API}/devices/{{kid}}/claims": PUBLIC,
    f"GET {API}/devices/{{kid}}/records/{{seq}}/claim": PUBLIC,
    f"GET {API}/devices/{{kid}}/completeness": PUBLIC,
    f"GET {API}/gateways/{{kid}}/completeness": PUBLIC,
    f"GET {API}/devices/{{kid}}/readings": PUBLIC,
    f"GET {API}/devices/{{kid}}/history": PUBLIC,
    f"GET {API}/devices/{{kid}}/series": PUBLIC,
    f"GET {API}/devices/{{kid}}/measurements": PUBLIC,
    f"GET {API}/devices/{{kid}}/life": PUBLIC,
    f"GET {API}/devices/{{kid}}/settings": PUBLIC,
    f"GET {API}/devices/{{kid}}/numbers/{{seq}}": PUBLIC,
    f"GET {API}/subjects/{{kind}}/{{name}}/readings": PUBLIC,
    f"GET {API}/devices/{{kid}}/records/{{seq}}/proof": PUBLIC,
    f"GET {API}/devices/{{kid}}/qr.svg": PUBLIC,
    f"GET {API}/events": PUBLIC,
    "POST /entries": PUBLIC,  # the signature is what counts, not who brings it
    "GET /entries/{index}": PUBLIC,
    "GET /entries/{index}/receipt": PUBLIC,
    "GET /entries/{index}/tlog-proof": PUBLIC,
    "GET /entries/{index}/proof": PUBLIC,
    f"GET {API}/entries": PUBLIC,
    "GET /status-lists/{kid}": PUBLIC,
    f"GET {API}/checkpoints": PUBLIC,
    "GET /log/beacon/{folder}/{beacon}": PUBLIC,
    f"GET {API}/witnesses": PUBLIC,
    "GET /log/checkpoint": PUBLIC,
    "GET /log/tile/{path:path}": PUBLIC,
    "GET /log/batch/{root}": PUBLIC,
    "GET /log/batch-minimum-index": PUBLIC,
    "GET /policy.json": PUBLIC,
    f"GET {API}/alarms": PUBLIC,
    f"GET {API}/promise": PUBLIC,
    f"GET {API}/map": PUBLIC,
    "GET /healthz": PUBLIC,
    "GET /metrics": PUBLIC,
    # Signing in, which is done from the city's own pages.
    f"GET {API}/sign-in": PUBLIC,
    f"POST {API}/session/password": SIGN_IN,
    f"POST {API}/session/passkey/options": SIGN_IN,
    f"POST {API}/session/passkey": SIGN_IN,
    f"GET {API}/session/oidc/{{provider}}": PUBLIC,  # a cookie says that the browser began it here
    f"GET {API}/session/oidc/{{provider}}/return": PUBLIC,
    f"POST {API}/invitation": SIGN_IN,
    f"POST {API}/invitation/password": SIGN_IN,
    f"POST {API}/invitation/passkey/options": SIGN_IN,
    f"POST {API}/invitation/passkey": SIGN_IN,
    # Oneself.
    f"GET {API}/session": OWN,
    f"DELETE {API}/session": OWN,
    f"GET {API}/sessions": OWN,
    f"DELETE {API}/sessions": OWN,
    f"DELETE {API}/sessions/{{session}}": OWN,
    f"PUT {API}/password": OWN_RECENT,
    f"GET {API}/passkeys": OWN,
    f"POST {API}/passkeys/options": OWN_RECENT,
    f"POST {API}/passkeys": OWN_RECENT,
    f"DELETE {API}/passkeys/{{passkey}}": OWN_RECENT,
    f"GET {API}/api-keys": OWN,
    f"POST {API}/api-keys": OWN_RECENT,
    f"DELETE {API}/api-keys/{{key}}": OWN,
    # Others, in a district.
    f"GET {API}/districts": PUBLIC,
    f"POST {API}/districts": roles(Role.OPERATOR, where=Where.CITY, scope=Scope.DISTRICTS_WRITE),
    f"GET {_PEOPLE}": _LOOKS,
    f"POST {_PEOPLE}": _LEADS,
    f"PUT {_PEOPLE}/{{account}}/roles": _LEADS,
    f"POST {_PEOPLE}/{{account}}/invitation": _LEADS,
    f"GET {_PEOPLE}/{{account}}/sessions": roles(Role.OPERATOR, where=Where.DISTRICT, scope=Scope.ACCOUNTS_READ),
    f"DELETE {_PEOPLE}/{{account}}/sessions": _LEADS,
    f"DELETE {_PEOPLE}/{{account}}": _LEADS,
    f"GET {_REPORTS}": _TENDS,
    f"GET {_REPORTS}/{{report}}/photo": _TENDS,
    f"DELETE {_REPORTS}/{{report}}": roles(Role.OPERATOR, where=Where.DISTRICT),
    f"GET {API}/districts/{{district}}/work": _SEES,
    f"GET {_SHEET}": _SEES,
    f"GET {_SHEET}/visits": _SEES,
    f"GET {_VISITS}": _SEES,
    f"PUT {_VISITS}": _TENDS,
    f"GET {_VISITS}/photos/{{photo}}": _SEES,
    f"PUT {_VISITS}/photos/{{photo}}": _TENDS,
    f"DELETE {_VISITS}/photos/{{photo}}": _TENDS,
    # Alarms by rules: who sees them, who has seen one, and who decides what is one.
    f"GET {_ALARMS}": _SEES_ALARMS,
    f"POST {_ALARMS}/{{alarm}}/acknowledgement": replace(_TENDS, scope=Scope.ALARMS_WRITE),
    f"GET {_ALARM_RULES}": _SEES_ALARMS,
    f"POST {_ALARM_RULES}": _RULES_ALARMS,
    f"POST {_ALARM_RULES}/trial": _SEES_ALARMS,
    f"GET {_ALARM_RULES}/{{rule}}": _SEES_ALARMS,
    f"PUT {_ALARM_RULES}/{{rule}}": _RULES_ALARMS,
    f"DELETE {_ALARM_RULES}/{{rule}}": _RULES_ALARMS,
    f"GET {_ALARM_TARGETS}": _SEES_ALARMS,
    f"POST {_ALARM_TARGETS}": _RULES_ALARMS,
    f"DELETE {_ALARM_TARGETS}/{{target}}": _RULES_ALARMS,
    f"POST {_ALARM_TARGETS}/{{target}}/test": _RULES_ALARMS,
    f"GET {_ALARM_TARGETS}/{{target}}/messages": _SEES_ALARMS,
    f"GET {API}/districts/{{district}}/audit-trail": replace(_LOOKS, scope=Scope.TRAIL_READ),
    # Provisioning, by a crew's browser.
    f"POST {API}/districts/{{district}}/site": _PROVISIONS,
    f"POST {API}/districts/{{district}}/site/accounts": _PROVISIONS,
    f"POST {_ENROLMENTS}": _PROVISIONS,
    f"GET {_ENROLMENTS}": _WATCHES,
    f"GET {_ENROLMENTS}/{{request}}": _WATCHES,
    f"GET {_ENROLMENTS}/{{request}}/label.svg": _WATCHES,
    f"GET {_ENROLMENTS}/{{request}}/label.pdf": _WATCHES,
    f"DELETE {_ENROLMENTS}/{{request}}": _PROVISIONS,
    f"PUT {_ENROLMENTS}/{{request}}/decision": roles(
        Role.REGISTRAR, where=Where.DISTRICT, scope=Scope.ENROLMENTS_DECIDE, recent=True
    ),
}
