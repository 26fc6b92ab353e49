"""What a crew's browser tells devices: settings with secrets, for who is signed in as crew, and noted on the trail."""

from civicroot_cli.main import CommandError
from fastapi import APIRouter, Request

from civicroot_backend.api import enrolment_models as models
from civicroot_backend.api.dependencies import DistrictParameter
from civicroot_backend.api.enforce import CallerParameter, PeopleParameter
from civicroot_backend.api.private import private
from civicroot_backend.api.problems import TOO_MANY_REQUESTS, UNAVAILABLE, Refusal
from civicroot_backend.api.rate_limit import Bucket, refusal_headers
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.enrolling import obstacle, sites
from civicroot_backend.enrolling.sites import Sites
from civicroot_backend.paths import API

ACCOUNTS_AN_HOUR = 120  # that a person has made: a device in half a minute. The broker keeps each for good

router = APIRouter(prefix=f"{API}/districts/{{district}}/site", tags=["enrolments"], dependencies=[private])


@router.post("", summary="What devices of a district are told")
def post_site(
    people: PeopleParameter, caller: CallerParameter, district: DistrictParameter, http: Request
) -> models.Site:
    """The site file, for the crew that provisions there. It holds the Wi-Fi password: a page keeps it in memory alone.

    No GET, for it is noted on the trail who was given it.
    """
    found = _sites(http).of(district)
    with people.act(caller) as act:
        act.record(Action.SITE_SHOWN, f"site/{district}", district)
    return models.Site(
        realm=found.realm,
        url=found.url,
        support=found.support,
        gateway=models.SiteGateway(**found.gateway),
        wifi=None if found.wifi is None else models.SiteWifi(**found.wifi),
        keys=models.SiteKeys(**found.keys),
        place=models.SitePlace(**found.place),
        version=found.version,
        model=found.model,
        account=found.account is not None,
        configuration=found.settings,
    )


@router.post("/accounts", status_code=201, summary="An account for a device at its gateway's broker")
def post_account(
    people: PeopleParameter,
    caller: CallerParameter,
    district: DistrictParameter,
    body: models.AccountAsked,
    http: Request,
) -> models.BrokerAccount:
    """By the site file's command. 409 for a device that is enrolled: its account is not made anew by a crew.

    429 if the same person has had as many made as somebody needs in an hour.
    """
    found = _sites(http).of(district)
    with people.act(caller) as act:
        obstacle.check_new(act.connection, bytes.fromhex(body.kid))
        _count(http.app.state.broker_accounts, str(caller.account))
        act.record(Action.BROKER_ACCOUNT_MADE, f"device/{body.kid}", district)
    try:
        return models.BrokerAccount(**sites.make_account(found, body.kid))
    except CommandError as error:
        raise Refusal(503, UNAVAILABLE, f"the broker's account cannot be made now: {error}") from error


def _count(bucket: Bucket, person: str) -> None:
    if wait := bucket.take(person):
        detail = f"you have had {ACCOUNTS_AN_HOUR} accounts made within an hour; wait"
        raise Refusal(429, TOO_MANY_REQUESTS, detail, refusal_headers(bucket, person, wait))


def _sites(http: Request) -> Sites:
    found: Sites = http.app.state.sites
    return found
