import { readFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);

it("src/api.d.ts is what openapi.json gives; run `npm run api` when it is not", async () => {
  const description = JSON.parse(await readFile(new URL("openapi.json", root), "utf8"));
  const generated = astToString(await openapiTS(description));
  const committed = await readFile(new URL("src/api.d.ts", root), "utf8");
  expect(committed.endsWith(generated)).toBe(true);
});
