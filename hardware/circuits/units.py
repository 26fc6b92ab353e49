"""The units that there are."""

from collections.abc import Callable

from hardware.circuits.bin_node import bin_node
from hardware.circuits.circuit import Circuit
from hardware.circuits.gateway_box import gateway_box
from hardware.circuits.tree_tag import tree_tag, tree_tag_lora

UNITS: dict[str, Callable[[], Circuit]] = {
    "bin_node": bin_node,
    "tree_tag": tree_tag,
    "tree_tag_lora": tree_tag_lora,
    "gateway_box": gateway_box,
}
