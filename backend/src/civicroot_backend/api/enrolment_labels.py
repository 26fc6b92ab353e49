"""A device's label, as `civicroot provision` prints it: 50 × 30 mm, and never a secret."""

from civicroot_cli.main import CommandError
from civicroot_cli.provision import label_svg
from civicroot_cli.provision.label import Label
from fastapi import APIRouter, Request, Response

from civicroot_backend.api.dependencies import BackendParameter, DistrictParameter
from civicroot_backend.api.enrolments import RequestParameter, one
from civicroot_backend.api.problems import UNAVAILABLE, Refusal
from civicroot_backend.enrolling.sites import Sites
from civicroot_backend.paths import API, page_of
from civicroot_backend.service import Backend

_HEADERS = {"Cache-Control": "no-store"}

router = APIRouter(prefix=f"{API}/districts/{{district}}/enrolments", tags=["enrolments"])


@router.get(
    "/{request}/label.svg",
    summary="The device's label",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def get_label_svg(
    backend: BackendParameter, district: DistrictParameter, request: RequestParameter, http: Request
) -> Response:
    """Its text is in a font of whoever shows it."""
    drawn = label_svg.draw(_label(backend, http.app.state.sites, district, request))
    return Response(drawn, media_type="image/svg+xml", headers=_HEADERS)


@router.get(
    "/{request}/label.pdf",
    summary="The device's label for a printer",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_label_pdf(
    backend: BackendParameter, district: DistrictParameter, request: RequestParameter, http: Request
) -> Response:
    """With the letters that it uses. 503 where no font of the server has them: the SVG does without."""
    from civicroot_cli.provision import label_pdf  # noqa: PLC0415 (fonts are slow to load, and few need them)

    label = _label(backend, http.app.state.sites, district, request)
    try:
        drawn = label_pdf.draw([label])
    except CommandError as error:
        raise Refusal(503, UNAVAILABLE, f"{error}: this label is there as SVG alone") from error
    name = label.subject.replace("/", "-")
    shown = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(drawn, media_type="application/pdf", headers=_HEADERS | shown)


def _label(backend: Backend, sites: Sites, district: str, name: str) -> Label:
    with backend.database.read() as connection:
        found = one(connection, district, name)
    asked = found.asked
    return Label(
        subject=asked.subject,
        kid=asked.kid.hex(),
        address=backend.config.public_url + (page_of(asked.subject) or ""),
        asset=asked.asset or "",
        support=sites.support(found.district),
        place=asked.label or "",
    )
