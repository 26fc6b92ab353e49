"""How this folder was made, with the code of release 0.1: python made_by.py FOLDER. It is not run by any test.

Batch 0 is committed, 1 refused, 2 waits; two records of another device are in none; one sample of equivocation.
"""

import shutil
import sys
from pathlib import Path

from civicroot_gateway.config import BatchLimits
from civicroot_wire import topic

from tests.gateway.city import City
from tests.gateway.rig import Rig

out = Path(sys.argv[1])
shutil.rmtree(out, ignore_errors=True)
out.mkdir()
city = City()
device = city.device()
other = city.device()
rig = Rig(city, out, BatchLimits(max_records=4, max_bytes=4096, max_age=10))
rig.trust_all()
rig.say(None, topic.CHECKPOINT, city.log.note().encode())
rig.up(device, *[device.record(n) for n in range(4)])  # batch 0: committed
rig.say(None, topic.ACK, city.commit(rig.batches()[0]))
rig.flush()
rig.up(device, *[device.record(n) for n in range(4, 8)])  # batch 1: refused
rig.say(None, topic.ACK, city.refuse(rig.batches()[0], "unknown-key-id"))
rig.flush()
rig.up(device, *[device.record(n) for n in range(8, 12)])  # batch 2: waits
rig.up(other, *[other.record(n) for n in range(2)])  # in no batch yet
rig.up(device, device.record(3, fill=51))  # equivocation: evidence
rig.say(
    other.kid,
    topic.STATE,
    __import__("civicroot_wire.state", fromlist=["x"]).encode(
        __import__("civicroot_wire.state", fromlist=["x"]).State(True, "1.2.3", 40)
    ),
)
rig.flush()
print(rig.engine.waiting, rig.engine.spooled, rig.spool.next_batch(), rig.spool.counters())
rig.close()
(out / "gateway.lock").unlink(missing_ok=True)
