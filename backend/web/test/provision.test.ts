import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api/client.ts";
import { Crew, type Met, type Options } from "../src/provision/crew.ts";
import type { Entry, Wanted } from "../src/provision/entry.ts";
import { MemoryJournal } from "../src/provision/journal.ts";
import { type Desk, type Standing, again, brought } from "../src/provision/sending.ts";
import type { Site } from "../src/provision/site.ts";
import { SiteFileError, readSite } from "../src/provision/sitefile.ts";
import { Conversation } from "../src/serial/conversation.ts";
import { CrewError, type Problem } from "../src/serial/errors.ts";
import { Line } from "../src/serial/line.ts";
import { NONCE, RecordedDevice, answerTo } from "./support/recorded.ts";

const SITE: Site = {
  realm: "city.example",
  url: "https://city.example",
  support: "+82 2 120",
  gateway: { kid: "0011223344556677", host: "127.0.0.1", port: 1 },
  wifi: { ssid: "street", password: "a secret of the street" },
  keys: { operator: "11".repeat(32), registrar: "22".repeat(32) },
  place: { language: "ko" },
  version: null,
  model: "smart-bin",
  account: false,
  configuration: [],
};
const WANTED: Wanted = { subject: "bin/12", asset: "A-12", label: "서울광장", location: { latitude: "37.5", longitude: "127.0" } };
const KID = String(answerTo("identity")["kid"]);

function options(changes: Partial<Options> = {}): Options {
  const office = { account: () => Promise.resolve({ username: KID, password: "p" }), has: () => Promise.resolve(true) };
  return { site: SITE, district: "north", journal: new MemoryJournal(), office, now: () => 1, nonce: () => NONCE, ...changes };
}

function crewAt(device: RecordedDevice, of: Options): Crew {
  return new Crew(new Conversation(new Line(device.stream)), of);
}

async function problem(work: Promise<unknown>): Promise<Problem | "none"> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof CrewError) return error.problem;
    throw error;
  }
}

async function provisioned(device: RecordedDevice, of: Options): Promise<Entry> {
  const crew = crewAt(device, of);
  await crew.meet();
  await crew.tell(WANTED);
  await crew.test(() => undefined, true);
  await crew.ask(WANTED);
  return crew.commit();
}

test("a device is told, tested, asks and is configured in the order of the command", async () => {
  const device = new RecordedDevice();
  const parts: string[] = [];
  const crew = crewAt(device, options());
  const met: Met = await crew.meet();
  assert.deepEqual([met.identity.kid, met.subject, met.committed], [KID, undefined, false]);
  await crew.tell(WANTED);
  await crew.test((part) => parts.push(part), true);
  const asked = await crew.ask(WANTED);
  assert.deepEqual(parts, ["sensors", "wifi", "broker"]);
  assert.deepEqual([asked.state, asked.request?.public, asked.committed], ["asked", met.identity.public, false]);
  assert.equal((await crew.commit()).committed, true);
  const names = ["identity", "status", "set_realm", "set_subject", "set_keys", "set_gateway", "set_wifi", "set_place", "self_test", "possession", "commit"];
  assert.deepEqual(device.asked.map((message) => message["do"]), names);
  assert.equal(JSON.stringify(asked).includes("secret"), false, "nothing of the site is kept");
});

test("noise, the log and pieces of one byte are no obstacle; an answer to somebody else is none", async () => {
  const device = new RecordedDevice();
  device.piece = 1;
  const talk = new Conversation(new Line(device.stream));
  device.say("ESP-ROM:esp32s3 \u0000\u00ff");
  device.say('{"log": "started"}');
  device.say('{"id": 99, "ok": {"kid": "x"}}');
  device.say('["id", 1]');
  assert.equal((await talk.begin()).kid, KID);
});

test("a device that does not pass is not asked; one that is uncalibrated passes", async () => {
  const device = new RecordedDevice();
  const crew = crewAt(device, options());
  await crew.meet();
  await crew.tell(WANTED);
  assert.equal(await problem(crew.test(() => undefined, false)), "faulty");
  device.changes.set("self_test", { faults: { weight: "uncalibrated" } });
  assert.equal(await problem(crew.test(() => undefined, false)), "none");
  assert.equal(device.asked.some((message) => message["do"] === "possession"), false);
});

test("only what the device signed now, for this place in this city, counts as its word", async () => {
  const good = answerTo("possession");
  const forged = String(good["possession"]).replace(/.{8}$/, "00000000");
  for (const [change, said] of [
    [{ nonce: () => "ff".repeat(16) }, good],
    [{ site: { ...SITE, realm: "elsewhere.example" } }, good],
    [{}, { ...good, possession: forged }],
    [{}, { ...good, public: "33".repeat(32) }],
    [{}, { ...good, possession: "d284" }],
  ] as const) {
    const device = new RecordedDevice();
    device.changes.set("possession", said);
    const crew = crewAt(device, options(change));
    await crew.meet();
    await crew.tell(WANTED);
    assert.equal(await problem(crew.ask(WANTED)), "not-proved");
  }
});

test("another city's, another board, another firmware, and what is provisioned already are not taken", async () => {
  const committed = { state: "committed", missing: [], set: { realm: "city.example", subject: "bin/1" } };
  for (const [of, status, expected] of [
    [{}, { ...committed, set: { realm: "elsewhere.example", subject: "bin/1" } }, "other-realm"],
    [{}, { state: "begun", missing: [], set: { realm: "elsewhere.example" } }, "other-realm"],
    [{ site: { ...SITE, model: "tree-tag" } }, answerTo("status"), "other-board"],
    [{ site: { ...SITE, version: "9.9.9" } }, answerTo("status"), "other-firmware"],
    [{}, committed, "provisioned"],
  ] as const) {
    const device = new RecordedDevice();
    device.changes.set("status", status);
    assert.equal(await problem(crewAt(device, options(of)).meet()), expected);
  }
});

test("answers that no device gives are not believed", async () => {
  const identity = answerTo("identity");
  for (const change of [{ kid: "00".repeat(8) }, { model: "x".repeat(101) }, { version: "1\u202e2" }, { public: 3 }]) {
    const device = new RecordedDevice();
    device.changes.set("identity", { ...identity, ...change });
    assert.equal(await problem(crewAt(device, options()).meet()), "strange", JSON.stringify(change));
  }
});

test("unplugged at every step it goes on where it was, and is asked once", async () => {
  for (const cut of ["identity", "status", "set_realm", "set_gateway", "set_place", "self_test", "possession", "commit"]) {
    const of = options();
    const first = new RecordedDevice();
    first.cutAt = cut;
    assert.equal(await problem(provisioned(first, of)), "gone", cut);
    const second = new RecordedDevice();
    const entry = await provisioned(second, of);
    assert.deepEqual([entry.state, entry.committed], ["asked", true], cut);
    const possessions = [...first.asked, ...second.asked].filter((message) => message["do"] === "possession");
    assert.equal(possessions.length, cut === "possession" ? 2 : 1, cut);
  }
});

test("a cut just after the last step is noticed when it is plugged in again, and nothing is told anew", async () => {
  const of = options();
  const crew = crewAt(new RecordedDevice(), of);
  await crew.meet();
  await crew.tell(WANTED);
  await crew.ask(WANTED);
  const device = new RecordedDevice();
  device.changes.set("status", { state: "committed", missing: [], set: { realm: "city.example", subject: "bin/12" } });
  const met = await crewAt(device, of).meet();
  assert.deepEqual([met.committed, met.entry?.committed, met.subject], [true, true, "bin/12"]);
  assert.equal(device.asked.length, 2);
});

test("a device that has asked as one place does not become another", async () => {
  const of = options();
  const crew = crewAt(new RecordedDevice(), of);
  await crew.meet();
  await crew.tell(WANTED);
  await crew.ask(WANTED);
  const later = crewAt(new RecordedDevice(), of);
  await later.meet();
  assert.equal(await problem(later.tell({ ...WANTED, subject: "bin/13" })), "other-subject");
});

test("a broker's account is made once: who has one and was unplugged keeps it", async () => {
  const made: string[] = [];
  const office = { account: (kid: string) => (made.push(kid), Promise.resolve({ username: kid, password: "p" })), has: () => Promise.resolve(true) };
  const of = options({ office, site: { ...SITE, account: true } });
  const device = new RecordedDevice();
  await crewAt(device, of).meet();
  const crew = crewAt(new RecordedDevice(), of);
  await crew.meet();
  await crew.tell(WANTED);
  const again_ = new RecordedDevice();
  again_.changes.set("status", { state: "begun", missing: [], set: { realm: "city.example", gateway: { username: KID } } });
  const later = crewAt(again_, of);
  await later.meet();
  await later.tell(WANTED);
  assert.deepEqual(made, [KID]);
});

function deskThat(answer: () => Promise<Standing>): Desk {
  return { put: answer, get: answer };
}

async function askedEntry(of: Options): Promise<Entry> {
  return provisioned(new RecordedDevice(), of);
}

test("a request that cannot be sent waits; one that is in somebody's way is shown, and nothing is overwritten", async () => {
  const of = options();
  const entry = await askedEntry(of);
  const offline = deskThat(() => Promise.reject(new ApiError(0, "no network")));
  await assert.rejects(brought(entry, offline, of.journal, 2), ApiError);
  assert.equal((await of.journal.get(KID))?.state, "asked");
  const taken = deskThat(() => Promise.reject(new ApiError(409, "bin/12 has a device", "subject-taken")));
  const conflict = await brought(entry, taken, of.journal, 3);
  assert.deepEqual(conflict.conflict, { reason: "subject-taken", detail: "bin/12 has a device" });
  assert.equal(await brought(conflict, offline, of.journal, 4), conflict, "it is not tried again by itself");
  const sent = await brought(again(conflict, 5), deskThat(() => Promise.resolve({ id: "a", state: "waiting", reason: null })), of.journal, 5);
  assert.deepEqual([sent.state, sent.sent, sent.committed], ["sent", "a", true]);
  const declined = await brought(sent, deskThat(() => Promise.resolve({ id: "a", state: "declined", reason: "no" })), of.journal, 6);
  assert.deepEqual([declined.state, declined.conflict?.reason], ["conflict", "declined"]);
  const enrolled = await brought(again(declined, 7), deskThat(() => Promise.reject(new ApiError(409, "", "already-enrolled"))), of.journal, 7);
  assert.equal(enrolled.state, "enrolled");
});

test("a request that the city does not know any more is shown, and can be sent again", async () => {
  const of = options();
  const sent = await brought(await askedEntry(of), deskThat(() => Promise.resolve({ id: "a", state: "waiting", reason: null })), of.journal, 2);
  const unknown = deskThat(() => Promise.reject(new ApiError(404, "there is no request a", "not-found")));
  assert.equal((await brought(sent, unknown, of.journal, 3)).conflict?.reason, "not-found");
  await assert.rejects(brought(again(sent, 4), unknown, of.journal, 4), ApiError);
});

test("who is not signed in loses nothing", async () => {
  const of = options();
  const entry = await askedEntry(of);
  for (const [status, reason] of [[401, "not-signed-in"], [403, "not-allowed"], [429, "too-many-requests"], [503, "unavailable"]] as const) {
    await assert.rejects(brought(entry, deskThat(() => Promise.reject(new ApiError(status, "", reason))), of.journal, 2), ApiError);
    assert.equal((await of.journal.get(KID))?.state, "asked");
  }
});

const TOML = `realm = "city.example"\nurl = "https://city.example/"\npolicy = "policy.json"\nsupport = "120"\nlanguage = "ko"
[gateway]\nkid = "0011223344556677"\nhost = "g"\nport = 8883\nca = "keys/ca.pem"\n[wifi]\nssid = "street"\npassword = "long enough"\n`;
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAQ==\n-----END CERTIFICATE-----\n";

function file(name: string, text: string): { readonly name: string; readonly bytes: Uint8Array } {
  return { name, bytes: new TextEncoder().encode(text) };
}

test("a site file is read with its certificate, and what is missing is said", () => {
  const site = readSite([file("ca.pem", PEM), file("site.toml", TOML)]);
  assert.deepEqual([site.gateway.ca, site.gateway.port, site.place, site.url], ["MIIBAQ==", 8883, { language: "ko" }, "https://city.example"]);
  for (const [files, says] of [
    [[file("site.toml", TOML)], /choose ca\.pem/],
    [[file("ca.pem", "nothing"), file("site.toml", TOML)], /no certificate/],
    [[file("ca.pem", PEM)], /site\.toml is missing/],
    [[file("site.toml", "realm = ")], /site\.toml: /],
    [[file("site.toml", TOML.replace("city.example", "City"))], /realm/],
    [[file("site.toml", TOML.replace("port = 8883", ""))], /gateway\.port is missing/],
  ] as const) {
    assert.throws(() => readSite(files), (error) => error instanceof SiteFileError && says.test(error.message));
  }
});
