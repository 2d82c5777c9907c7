import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { hubSettings } from "../../../src/runtime/hub/hub-settings.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-hub-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the Hub and the cache are found as the Hub's own tools find them", () => {
  expect(hubSettings({ HF_HOME: "/h" })).toMatchObject({
    endpoint: "https://huggingface.co",
    cache: "/h/hub",
  });
  const given = {
    HF_HOME: "/h",
    HF_HUB_CACHE: "/c",
    HF_ENDPOINT: "http://mirror/",
    HF_HUB_OFFLINE: "1",
    HF_TOKEN: "t",
  };
  writeFileSync(path.join(folder, "token"), "saved\n");
  expect(hubSettings({ HF_HOME: folder }).token).toBe("saved");
  expect(hubSettings({ HF_HOME: folder, HF_TOKEN: "t" }).token).toBe("t");
  const elsewhere = { HF_HOME: "/h", HF_TOKEN_PATH: path.join(folder, "token") };
  expect(hubSettings(elsewhere).token).toBe("saved");
  expect(hubSettings({ XDG_CACHE_HOME: "/x" }).cache).toBe("/x/huggingface/hub");
  const found = { cache: "/c", endpoint: "http://mirror", offline: true, token: "t" };
  expect(hubSettings(given)).toMatchObject(found);
  expect(hubSettings({ HF_HUB_OFFLINE: "0", HF_HOME: "/h" })).toMatchObject({
    offline: false,
    token: undefined,
  });
});
