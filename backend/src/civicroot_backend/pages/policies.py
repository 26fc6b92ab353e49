"""What a page may load, run and ask, as headers: its own files, nothing inline and no device of the reader."""

from collections.abc import Mapping

OWN, NOBODY = "'self'", "'none'"
# A blockchain's node, which the reader chooses: any server by https, or a node on the reader's own machine.
ANY_NODE = "https: http://127.0.0.1:* http://localhost:*"
# A scanner that is WebAssembly is compiled by the page; that is no script in the page, and evaluates no text.
COMPILED = "'wasm-unsafe-eval'"


def content_policy(connect: str = "", script: str = "", image: str = "") -> str:
    """Only the pages' own files, and nothing inline: what was built is all that runs.

    `connect`: whom else to ask; `script`: what else may run; `image`: where else pictures come from.
    """
    return "; ".join(
        (
            f"default-src {NOBODY}",
            f"script-src {OWN} {script}".rstrip(),
            f"style-src {OWN}",
            f"img-src {OWN} blob: {image}".rstrip(),  # a photo that the reader has chosen is shown before it is sent
            f"font-src {OWN}",
            f"manifest-src {OWN}",
            f"worker-src {OWN}",
            f"connect-src {OWN} {connect}".rstrip(),
            f"base-uri {NOBODY}",
            f"form-action {NOBODY}",
            f"frame-ancestors {NOBODY}",
        )
    )


PAGE: Mapping[str, str] = {"Content-Security-Policy": content_policy()}
# The service worker asks the city for what it keeps: with the policy of data it could ask nobody, and would not start.
WORKER: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src {NOBODY}; script-src {OWN}; connect-src {OWN}; frame-ancestors {NOBODY}"
}
# One page asks a blockchain's node for a block. It verifies nothing and is shown nothing but what its address says; no
# other page can do it.
BLOCK: Mapping[str, str] = {"Content-Security-Policy": content_policy(connect=ANY_NODE)}
# One page sees through the camera. It shows no verdict and leads to the page that does.
SCAN: Mapping[str, str] = {
    "Content-Security-Policy": content_policy(script=COMPILED),
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


def map_of(tiles: str | None) -> Mapping[str, str]:
    """Of the map: pictures come from the base map's server too, if the city has configured one (its origin)."""
    return PAGE if tiles is None else {"Content-Security-Policy": content_policy(image=tiles)}


def crew_of(tiles: str | None) -> Mapping[str, str]:
    """Of the crews' page: it shows the map, and may ask where the phone is."""
    return {**map_of(tiles), "Permissions-Policy": "camera=(), geolocation=(self), microphone=()"}


def provision_of(tiles: str | None) -> Mapping[str, str]:
    """Of the page of provisioning: the map, the camera, where it is, and the serial port that a person picks."""
    pictures = "" if tiles is None else tiles
    return {
        "Content-Security-Policy": content_policy(script=COMPILED, image=pictures),
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), serial=(self)",
    }
