"""Site files, by district: what all devices of a crew's day are told. The same file as of `civicroot provision`.

They are read at start, so that a fault in one is found then; `city` is for every district that has none of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from civicroot_cli.main import CommandError
from civicroot_cli.provision import account, site
from civicroot_cli.provision.site import Site
from civicroot_wire.policy import Policy

from civicroot_backend.errors import ConfigurationError, NotFound
from civicroot_backend.people.roles import CITY


class Sites:
    """`found`: by slug of a district."""

    def __init__(self, found: Mapping[str, Site]) -> None:
        self._found = found

    def of(self, district: str) -> Site:
        """The district's, or the whole city's. Raises NotFound."""
        found = self._found.get(district) or self._found.get(CITY)
        if found is None:
            raise NotFound(f"no site file is configured for {district} (docs/operations.md)")
        return found

    def support(self, district: str) -> str:
        """Whom people call; empty where no file says it."""
        found = self._found.get(district) or self._found.get(CITY)
        return "" if found is None else found.support


def load(files: Mapping[str, Path], policy: Policy) -> Sites:
    """Read all of them. Raises ConfigurationError naming the district."""
    found = {}
    for district, path in files.items():
        try:
            one = site.load(path)
        except CommandError as error:
            raise ConfigurationError(f"sites.{district}: {error}") from error
        if one.realm != policy.realm:
            raise ConfigurationError(f"sites.{district}: {path} is of realm {one.realm}, not of {policy.realm}")
        found[district] = replace(one, keys=site.registrar_of(policy) | one.keys)
    return Sites(found)


def make_account(found: Site, kid: str) -> Mapping[str, str]:
    """The device's account at its gateway's broker, made by the site file's command on this machine.

    Raises NotFound where the file has no command, CommandError if it fails.
    """
    if found.account is None:
        raise NotFound("this site's broker has no accounts that are made here")
    return account.make(found.account, kid)
