"""Families whose messages carry CWT claims: enrolment to statement (SPEC.md §3.3 to §3.7)."""

from civicroot_wire import configuration, enrolment, pruning, release, revocation, statement, status_list

from .inflating import inflate
from .jsonform import hexed, raw, typed


def _claims(found):
    return {
        "kid": hexed(found.message.kid),
        "typ": found.claims.typ,
        "issuer": found.claims.issuer,
        "subject": found.claims.subject,
        "realm": found.claims.realm,
    }


def _verified(module, case, verify):
    found = module.decode(raw(case["bytes"]))
    module.verify(found, case["realm"], raw(case["public_key"]), verify)
    return found, _claims(found)


def _enrolment(case, verify):
    found, fields = _verified(enrolment, case, verify)
    fields.update(
        {
            "public": hexed(found.public),
            "enrolled_kid": hexed(found.kid),
            "role": found.role,
            "possession": hexed(found.possession),
            "issued_at": found.issued_at,
            "model": hexed(found.model),
            "location": [typed(part) for part in found.location] if found.location else None,
            "status": list(found.status) if found.status else None,
            "label": found.label,
            "simulated": found.simulated,
        }
    )
    return fields


def _revocation(case, verify):
    found, fields = _verified(revocation, case, verify)
    fields.update(
        {
            "thumbprint": hexed(found.thumbprint),
            "reason": found.reason,
            "last_seq": found.last_seq,
            "successor": hexed(found.successor),
            "issued_at": found.issued_at,
        }
    )
    return fields


def _status_list(case, verify):
    found, fields = _verified(status_list, case, verify)
    bits = inflate(found.compressed, status_list.MAX_KEYS // 8)
    fields.update(
        {
            "uri": found.uri,
            "bits": hexed(bits),
            "revoked": [index for index in range(8 * len(bits)) if status_list.is_set(bits, index)],
            "issued_at": found.issued_at,
            "expires": found.expires,
            "ttl": found.ttl,
        }
    )
    return fields


def _configuration(case, verify):
    found, fields = _verified(configuration, case, verify)
    fields.update({"version": found.version, "settings": typed(found.settings)})
    return fields


def _release(case, verify):
    found, fields = _verified(release, case, verify)
    fields.update(
        {
            "version": list(found.version),
            "target": found.target,
            "minimum": list(found.minimum),
            "files": [[path, size, hexed(digest)] for path, size, digest in found.files],
        }
    )
    return fields


def _statement(case, verify):
    found, fields = _verified(statement, case, verify)
    fields.update({"payload": hexed(found.payload), "detached": found.detached})
    return fields


def _pruning(case, verify):
    found, fields = _verified(pruning, case, verify)
    fields["range"] = [found.first, found.end]
    fields["keys"] = [
        [hexed(key.kid)] + [[list(pair) for pair in spans] for spans in key.spans()] for key in found.keys
    ]
    return fields


RUN = {
    "enrolment": _enrolment,
    "revocation": _revocation,
    "status_list": _status_list,
    "configuration": _configuration,
    "release": _release,
    "statement": _statement,
    "pruning": _pruning,
}
