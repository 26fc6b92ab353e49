"""Whether the promise holds, as the API says it: a verdict for each line, its numbers, and where its proof is."""

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid, Time
from civicroot_backend.promise.verdicts import Verdict
from civicroot_backend.witnesses.errors import State

_VERDICT = "holds, broken, or unknown: not looked at by anybody, or not to be seen from here"
_PROOF = "path of what proves it"


class CheckpointLine(BaseModel):
    """The newest published state of the log."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    size: int = Field(description="entries that it covers; 0 before the first", examples=[1205])
    time: Time | None = Field(description="when the log signed it, by its own clock")
    proof: str | None = Field(description=_PROOF, examples=["/log/checkpoint"])


class WitnessLine(BaseModel):
    """One witness of the policy."""

    name: str = Field(examples=["university.example/w1"])
    state: State = Field(examples=["ok"])
    last_seen: Time | None = Field(description="when it last cosigned, by the log's clock")


class WitnessesLine(BaseModel):
    """Who outside vouches that everybody is shown the same log."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    cosigned: int = Field(description="witnesses that cosigned the newest checkpoint", examples=[3])
    needed: int = Field(description="how many the policy asks for; 0: it knows no witnesses", examples=[2])
    waiting_size: int | None = Field(
        description="of the checkpoint that is not published for want of cosignatures", examples=[1206]
    )
    witnesses: list[WitnessLine] = Field(description="by name")
    proof: str | None = Field(description=_PROOF, examples=["/log/checkpoint"])


class AnchorLine(BaseModel):
    """One place outside the city that dates the log."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    name: str = Field(examples=["time.example"])
    kind: str | None = Field(description="null before its first anchoring", examples=["rfc3161"])
    size: int | None = Field(description="entries of the largest tree that it has", examples=[1205])
    time: Time | None = Field(description="by when that tree existed, as the evidence shows")
    pending_since: Time | None = Field(description="when the oldest anchoring under way began")
    trouble: str | None = Field(description="why it does not get on", examples=["no answer within 30 s"])
    trouble_seconds: int | None = Field(description="for how long it has not got on", examples=[60])
    proof: str | None = Field(description=_PROOF, examples=["/log/anchor/time.example/1205"])


class AnchorsLine(BaseModel):
    """All anchors of the policy."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    anchors: list[AnchorLine] = Field(description="by name; none: nothing outside dates the log")


class FoundByAudit(BaseModel):
    """An alarm of the auditor."""

    name: str = Field(description="of the finding, as docs/auditing.md explains it", examples=["lost"])
    about: str = Field(examples=["bin/12"])


class AuditLine(BaseModel):
    """What an auditor said last."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    configured: bool = Field(description="false: nobody audits this city here")
    finished: Time | None = Field(description="when the audit ended, by the auditor's clock")
    size: int | None = Field(description="entries that it had read", examples=[1205])
    same_log: bool | None = Field(description="whether it saw the tree that this log signed; null: not known")
    done: bool | None = Field(description="false: the audit could not be finished")
    alarms: int | None = Field(description="findings that call for somebody", examples=[0])
    notices: int | None = Field(description="findings that are good to know", examples=[0])
    named: list[FoundByAudit] = Field(description="the first alarms")
    trouble: str | None = Field(description="why there is no report", examples=["the report is damaged"])


class DevicesWaiting(BaseModel):
    """What may wait in devices. None says how much; a device that reports in time holds nothing old."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    devices: int = Field(examples=[812])
    never: int = Field(description="devices that have never reported", examples=[0])
    silent: int = Field(description="devices that are overdue although their gateway works", examples=[3])
    behind: int = Field(description="devices behind gateways through which nothing comes", examples=[0])


class GatewayWaiting(BaseModel):
    """A gateway that needs somebody, or that has said nothing since the backend's start."""

    kid: Kid
    subject: str = Field(examples=["gateway/1"])
    reasons: list[str] = Field(description="as in alarms; none: it has said nothing", examples=[["offline"]])
    since: Time | None = Field(description="when this backend learnt of it; null: it has said nothing")
    waiting: int | None = Field(description="records that it had to send, as it said last", examples=[17])
    proof: str = Field(description=_PROOF, examples=["/api/v1/gateways/8d2f0a61c3b7e954/completeness"])


class GatewaysWaiting(BaseModel):
    """What waits in gateways, as they say themselves."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    gateways: int = Field(description="enrolled and not withdrawn", examples=[4])
    waiting: int = Field(description="records, in gateways that are online and say so", examples=[17])
    unsaid: int = Field(description="gateways of which nobody knows how much waits in them", examples=[0])
    unheard: int = Field(description="gateways that have said nothing since the backend's start", examples=[0])
    needing: list[GatewayWaiting] = Field(description="the first of those that need somebody, at most 20")
    needing_count: int = Field(description="all of them", examples=[1])


class BackendWaiting(BaseModel):
    """What is committed in the backend and in no published checkpoint yet."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    entries: int = Field(examples=[0])
    records: int = Field(examples=[0])
    since: Time | None = Field(description="of the oldest")


class Waiting(BaseModel):
    """Readings that are on their way."""

    devices: DevicesWaiting
    gateways: GatewaysWaiting
    backend: BackendWaiting


class RefusedReason(BaseModel):
    """Records that were refused for one reason."""

    reason: str = Field(description="of the wire specification, §9", examples=["unknown-key-id"])
    total: int = Field(description="since the beginning", examples=[3])
    recent: int = Field(description="in the last 24 hours", examples=[1])
    entry: int | None = Field(description="log entry of the batch that the newest recent one came in", examples=[1204])
    proof: str | None = Field(description=_PROOF, examples=["/entries/1204/proof"])


class RefusedLine(BaseModel):
    """Records that were not accepted. The same record twice is no fault and is not counted."""

    verdict: Verdict = Field(description=_VERDICT, examples=["holds"])
    total: int = Field(description="since the beginning", examples=[3])
    recent: int = Field(description="in the last 24 hours", examples=[1])
    reasons: list[RefusedReason] = Field(description="most frequent lately first")


class Promise(BaseModel):
    """Whether the city keeps its promise, as it says itself; an auditor outside says the rest."""

    verdict: Verdict = Field(description="the worst of the lines'", examples=["holds"])
    as_of: Time = Field(description="by the backend's clock")
    realm: str = Field(examples=["demo.civicroot"])
    checkpoint: CheckpointLine
    witnesses: WitnessesLine
    anchors: AnchorsLine
    audit: AuditLine
    waiting: Waiting
    refused: RefusedLine
