"""A box as solids and meshes: built once, for checks, files and pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import build123d as cad

from hardware.enclosures import lid, mesh, shell, strap
from hardware.enclosures.case import Case
from hardware.enclosures.growth import STRAP, TREE, Strap, Tree
from hardware.enclosures.solids import Solid


@dataclass(frozen=True)
class Made:
    """`parts`: where they belong. `printed`: as they lie on the bed, by name; `meshes` of those."""

    case: Case
    parts: dict[str, Solid]
    printed: dict[str, Solid]
    strap: Strap = STRAP
    tree: Tree = TREE
    meshes: dict[str, mesh.Mesh] = field(default_factory=dict)

    def with_meshes(self) -> "Made":
        """Likewise, with a mesh of each part."""
        return replace(self, meshes={name: mesh.of(solid) for name, solid in self.printed.items()})


STRAPS: dict[str, Callable[[], Solid]] = {
    "strap": lambda: strap.link(STRAP),
    "ladder": lambda: strap.ladder(STRAP),
    "saddle": lambda: strap.saddle(TREE),
}


def make(case: Case, only: tuple[str, ...] = ()) -> Made:
    """All its parts, or `only` some."""
    wanted = [name for name in case.parts if not only or name in only]
    parts: dict[str, Solid] = {}
    printed: dict[str, Solid] = {}
    for name in wanted:
        if name == "shell":
            parts[name] = printed[name] = shell.shell(case)
        elif name == "lid":
            parts[name] = lid.lid(case)
            printed[name] = cad.Pos(0, 0, case.top) * cad.Rot(180, 0, 0) * parts[name]
        else:
            parts[name] = printed[name] = STRAPS[name]()
    return Made(case, parts, printed).with_meshes()
