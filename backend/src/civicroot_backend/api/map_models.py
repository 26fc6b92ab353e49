"""A part of the map as the API shows it."""

from typing import Literal

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Time

State = Literal["full", "faulty", "silent", "ok", "unknown"]


class MapBox(BaseModel):
    """WGS 84, degrees."""

    west: float = Field(examples=[126.9])
    south: float = Field(examples=[37.5])
    east: float = Field(examples=[127.1])
    north: float = Field(examples=[37.6])


class MapCluster(BaseModel):
    """Places that are too near together to be shown one by one."""

    latitude: float = Field(description="of their middle", examples=[37.5665])
    longitude: float = Field(examples=[126.978])
    count: int = Field(examples=[124])
    faulty: int = Field(examples=[1])
    silent: int = Field(examples=[2])
    full: int = Field(examples=[5])
    state: State = Field(description="the worst of them", examples=["faulty"])
    box: MapBox = Field(description="around them")


class MapPlace(BaseModel):
    """A bin or tree."""

    subject: str = Field(examples=["bin/12"])
    kind: str = Field(examples=["bin"])
    name: str = Field(examples=["12"])
    label: str | None = Field(description="what people call the place", examples=["Market square, north"])
    page: str | None = Field(description="path of its page; null if its kind has none", examples=["/b/12"])
    latitude: float = Field(examples=[37.5665])
    longitude: float = Field(examples=[126.978])
    states: list[State] = Field(
        description="worst first; unknown: no device, none that ever reported, or its gateway is down",
        examples=[["silent", "full"]],
    )


class BaseMap(BaseModel):
    """Tiles to draw below, in Web Mercator."""

    tiles: str = Field(examples=["https://tiles.example/{z}/{x}/{y}.png"])
    attribution: str = Field(examples=["© Example contributors"])


class MapView(BaseModel):
    """What is in a box: places, or clusters if they are many; never more than 2,000 of them."""

    as_of: Time = Field(description="when the states were looked at")
    realm: str = Field(examples=["demo.civicroot"])
    total: int = Field(description="places that were asked for", examples=[812])
    clusters: list[MapCluster]
    places: list[MapPlace]
    kinds: list[str] = Field(description="that there are in the city", examples=[["bin", "tree"]])
    extent: MapBox | None = Field(description="around all places of the city; null: there are none")
    outline: list[tuple[float, float]] = Field(
        description="around them more closely, as longitude and latitude; empty where there is a base map",
        examples=[[[126.9, 37.5], [127.1, 37.5], [127.0, 37.6]]],
    )
    base: BaseMap | None = Field(description="null: none is configured, and nothing is fetched from elsewhere")
