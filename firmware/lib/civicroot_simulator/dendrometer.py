"""Model of a band dendrometer: the potentiometer's two voltages at an ADS1115 model."""

from civicroot_simulator.ads1115 import Ads1115Model
from civicroot_simulator.soil_capacitive import Switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class DendrometerModel(Ads1115Model):
    """A chip for SimulatedI2c; `power` is the bus.Output of its excitation.

    metres         gives the girth's change since mounting
    travel_um, zero_ppm   as in the calibration
    supply_mv      gives the excitation, which may sag as a battery does
    """

    def __init__(
        self,
        metres: "Callable[[], float]",
        travel_um: int = 50_000,
        zero_ppm: int = 200_000,
        supply_mv: "Callable[[], float]" = lambda: 3300,
    ) -> None:
        self._metres = metres
        self._travel_um = travel_um
        self._zero_ppm = zero_ppm
        self._supply_mv = supply_mv
        self.power = Switch()
        super().__init__([self._wiper_mv, self._excitation_mv])

    def _excitation_mv(self) -> float:
        return self._supply_mv() if self.power.on else 0

    def _wiper_mv(self) -> float:
        share = self._zero_ppm / 1_000_000 + self._metres() * 1_000_000 / self._travel_um
        return self._excitation_mv() * min(1, max(0, share))
