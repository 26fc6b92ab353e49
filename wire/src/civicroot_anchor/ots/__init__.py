"""OpenTimestamps: the `.ots` format, read strictly and written in its one form.

A timestamp is a tree of operations that begins at a digest; at its leaves attestations say who saw the result. The
format has no specification beside its first implementation; every limit here is that implementation's, unless it says
otherwise.
"""

from .attestation import Attestation as Attestation
from .attestation import BlockHeader as BlockHeader
from .attestation import Pending as Pending
from .attestation import Unknown as Unknown
from .detached import Detached as Detached
from .operation import Operation as Operation
from .timestamp import Line as Line
from .timestamp import Timestamp as Timestamp
