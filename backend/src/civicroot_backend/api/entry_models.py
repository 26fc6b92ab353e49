"""What the API answers of log entries."""

from pydantic import BaseModel, Field

from civicroot_backend.api.models import Kid


class SubmittedEntry(BaseModel):
    """An entry that is durable in the log, though no checkpoint covers it yet."""

    index: int = Field(description="place in the log", examples=[17])
    leaf: str = Field(description="leaf hash (RFC 9162), 32 bytes in hexadecimal", examples=["ab" * 32])
    kind: str = Field(examples=["enrolment"])
    subject: str = Field(examples=["bin/12"])


class StatementPayload(BaseModel):
    """What a statement says, if it is small: as text if it is some, otherwise in Base64."""

    text: str | None = Field(examples=['{"emptied": true}'])
    base64: str | None = Field(examples=[None])


class Entry(BaseModel):
    """A log entry, as it describes itself. Believe only what its proof says."""

    index: int = Field(description="place in the log", examples=[1204])
    kind: str = Field(examples=["statement"])
    size: int = Field(description="bytes", examples=[412])
    published: bool = Field(description="whether the published checkpoint covers it")
    kid: Kid | None = Field(description="key that signed it; null for a policy, which has several")
    issuer: str | None = Field(examples=["organisation/zoo"])
    subject: str | None = Field(description="what it is about", examples=["bin/12"])
    typ: str | None = Field(description="media type of the statement", examples=["application/json"])
    content_type: str | None = Field(
        description="of the payload, or of what was hashed; a number is one of CoAP's", examples=["application/pdf"]
    )
    detached: bool = Field(description="the payload is the SHA-256 of a document that lies elsewhere")
    digest: str | None = Field(description="of a detached document, in hexadecimal", examples=["ab" * 32])
    location: str | None = Field(description="where the statement says that a detached document lies", examples=[None])
    payload: StatementPayload | None = Field(description="of a statement that is neither detached nor large")
    entry: str = Field(description="path of its exact bytes", examples=["/entries/1204"])
    proof: str = Field(description="path of its proof file", examples=["/entries/1204/proof"])


class EntryPage(BaseModel):
    """Entries, newest first."""

    entries: list[Entry]
    next: str | None = Field(description="cursor of the next page", examples=["2a"])
