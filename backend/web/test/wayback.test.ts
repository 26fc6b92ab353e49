import assert from "node:assert/strict";
import { test } from "node:test";
import { ownPath, signInFor } from "../src/people/wayback.ts";

const HERE = "https://city.example";

test("the way back is a path of this site, with all that follows it", () => {
  for (const path of ["/crew", "/crew#bin/12", "/d/1?x=1#y", "/b/%EC%8B%9C"]) assert.equal(ownPath(path, HERE), path);
});

test("nothing leads elsewhere, or round in a circle", () => {
  const elsewhere = ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "crew", "", "/sign-in", "/sign-in#next=/x"];
  for (const path of elsewhere) assert.equal(ownPath(path, HERE), undefined, path);
  assert.equal(ownPath(null, HERE), undefined);
});

test("what the sign-in page is told comes back as it was", () => {
  const [, fragment] = signInFor("/crew#bin/1 2&3").split(/#(.*)/s);
  assert.equal(ownPath(new URLSearchParams(fragment).get("next"), HERE), "/crew#bin/1%202&3");
});
